//! A TCP stream that adds a body to hyper's own refusals. hyper answers a bad request head with only a status. This stream writes
//! problem+json under `/v1` and a sentence elsewhere. Before it closes, it reads and drops what the client still sends. Otherwise
//! the system would reset the connection, and the client might lose the answer (RFC 9112, section 9.6).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::connection::Connection;
use super::request_head::{HeadError, MAX_TARGET_SIZE, is_verifier_path};
use super::security::DENY_ALL_POLICY;

/// The number of bytes of a request head that are stored: the method and the beginning of the path.
const START_SIZE: usize = 32;
/// How long to read and drop what the client still sends after a refusal.
const LINGER_TIME: Duration = Duration::from_secs(2);
/// How many bytes to read and drop after a refusal at most.
const LINGER_SIZE: usize = 4 * 1024 * 1024;

pub(super) struct RefusalStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// Whether the next read bytes begin a request head.
    at_head_start: bool,
    /// The first bytes of the present head.
    start: [u8; START_SIZE],
    /// The number of bytes read of the first line of the head.
    first_line_size: usize,
    /// Whether the whole first line was read.
    first_line_ended: bool,
    refusal: Option<Refusal>,
}

/// The answer that replaces hyper's own answer.
struct Refusal {
    text: Vec<u8>,
    written: usize,
    /// While the stream is closing: the time limit for reading on, and the number of bytes dropped so far.
    linger: Option<(Pin<Box<Sleep>>, usize)>,
}

impl RefusalStream {
    pub(super) const fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            connection,
            at_head_start: true,
            start: [0; START_SIZE],
            first_line_size: 0,
            first_line_ended: false,
            refusal: None,
        }
    }

    /// Stores what a refusal needs to know about the head to which these bytes belong.
    fn record_head(&mut self, bytes: &[u8]) {
        if self.at_head_start && !bytes.is_empty() {
            self.at_head_start = false;
            (self.first_line_size, self.first_line_ended) = (0, false);
            self.start = [0; START_SIZE];
            let length = bytes.len().min(START_SIZE);
            self.start[..length].copy_from_slice(&bytes[..length]);
        }
        if !self.first_line_ended {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            self.first_line_size += end.unwrap_or(bytes.len());
            self.first_line_ended = end.is_some();
        }
    }

    /// Returns whether these bytes, which are about to be written, are hyper's own refusal of a head. If so, prepares the answer
    /// that replaces the refusal.
    fn replaces(&mut self, bytes: &[u8]) -> bool {
        if self.connection.take_answering() {
            // After an answer, the client sends the next head.
            self.at_head_start = true;
            return false;
        }
        self.connection.go_on_writing();
        if self.refusal.is_none()
            && let Some(error) = hyper_refusal(bytes, self.first_line_size)
        {
            self.refusal = Some(Refusal {
                text: write_response(error, &self.start, date_line(bytes)),
                written: 0,
                linger: None,
            });
        }
        self.refusal.is_some()
    }

    /// Writes the refusal. After that, reports to hyper that hyper's own `replaced` bytes were written.
    fn write_refusal(&mut self, context: &mut Context<'_>, replaced: usize) -> Poll<io::Result<usize>> {
        let Some(refusal) = &mut self.refusal else {
            return Poll::Ready(Ok(replaced));
        };
        while refusal.written < refusal.text.len() {
            let rest = &refusal.text[refusal.written..];
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            refusal.written += written;
        }
        Poll::Ready(Ok(replaced))
    }
}

impl AsyncRead for RefusalStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if self.at_head_start || !self.first_line_ended {
            self.record_head(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RefusalStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.replaces(bytes) {
            return self.write_refusal(context, bytes.len());
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.first().map_or(&[][..], |first| first);
        if self.replaces(first) {
            return self.write_refusal(context, first.len());
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        let Self { stream, refusal, .. } = &mut *self;
        let Some(refusal) = refusal else {
            return Poll::Ready(Ok(()));
        };
        let (time_limit, dropped) = refusal.linger.get_or_insert_with(|| (Box::pin(sleep(LINGER_TIME)), 0));
        loop {
            let mut bytes = [0; 4096];
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    *dropped += buffer.filled().len();
                    if *dropped > LINGER_SIZE {
                        return Poll::Ready(Ok(()));
                    }
                }
                // The client has closed, too.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return time_limit.as_mut().poll(context).map(Ok),
            }
        }
    }
}

/// The error that hyper reports with these bytes, which are a status without a body, or `None` if they are an answer of the
/// service.
fn hyper_refusal(bytes: &[u8], first_line_size: usize) -> Option<HeadError> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ").or(bytes.strip_prefix(b"HTTP/1.0 "))?;
    let error = match status.get(..3)? {
        b"400" => HeadError::Malformed,
        b"414" => HeadError::TargetTooLong,
        b"431" if first_line_size > MAX_TARGET_SIZE => HeadError::TargetTooLong,
        b"431" => HeadError::TooLarge,
        _ => return None,
    };
    let no_body = b"\r\ncontent-length: 0\r\n";
    let has_no_body = bytes.ends_with(b"\r\n\r\n") && bytes.windows(no_body.len()).any(|part| part == no_body);
    has_no_body.then_some(error)
}

/// The `date` header in hyper's refusal.
fn date_line(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.lines().find(|line| line.starts_with("date: ")).unwrap_or("date: ")
}

/// The whole response to a bad head: problem+json under `/v1`, a sentence elsewhere.
fn write_response(error: HeadError, start: &[u8], date_line: &str) -> Vec<u8> {
    let problem = error.problem();
    let (method, path) = method_and_path(start);
    let (content_type, body) = if is_verifier_path(path) {
        let body = serde_json::to_string(&problem).unwrap_or_default();
        ("application/problem+json", body)
    } else {
        ("text/plain; charset=utf-8", format!("{}\n", problem.detail))
    };
    let lines = [
        &format!("HTTP/1.1 {} {}", problem.status, problem.title),
        date_line,
        &format!("content-type: {content_type}"),
        &format!("content-length: {}", body.len()),
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        &format!("content-security-policy: {DENY_ALL_POLICY}"),
        "connection: close",
        "\r\n",
    ];
    let mut text = lines.join("\r\n");
    if method != "HEAD" {
        text.push_str(&body);
    }
    text.into_bytes()
}

/// The method and the beginning of the path, as far as they can be read.
fn method_and_path(start: &[u8]) -> (&str, &str) {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default(),
    };
    let (method, rest) = text.split_once(' ').unwrap_or((text, ""));
    let path = rest.split([' ', '?', '\r', '\n', '\0']).next().unwrap_or_default();
    (method, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYPER_REFUSAL: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
        content-length: 0\r\ndate: Sat, 28 Nov 2026 19:00:00 GMT\r\n\r\n";

    #[test]
    fn hypers_own_refusals_differ_from_answers() {
        assert_eq!(hyper_refusal(HYPER_REFUSAL, 100), Some(HeadError::TooLarge));
        assert_eq!(hyper_refusal(HYPER_REFUSAL, 60_000), Some(HeadError::TargetTooLong));
        for answer in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            b"400",
            b"",
        ] {
            assert_eq!(hyper_refusal(answer, 100), None);
        }
    }

    #[test]
    fn a_refusal_is_a_problem_under_v1_and_a_sentence_elsewhere() {
        let response = |start: &[u8]| {
            String::from_utf8(write_response(HeadError::TooLarge, start, date_line(HYPER_REFUSAL))).unwrap()
        };
        let problem = response(b"GET /v1/authorize HTTP/1.1\r\n");
        assert!(problem.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\ndate: Sat, 28 Nov"));
        assert!(problem.contains("application/problem+json") && problem.contains("ERR_HEADERS_TOO_LARGE"));
        for start in ["GET /v10 ", "GET / HTTP/1.1\r\nX: /v1/", "\0\0", "GET /keys/v1/"] {
            assert!(response(start.as_bytes()).contains("text/plain"), "{start}");
        }
        assert!(response(b"HEAD /v1 HTTP/1.1").ends_with("\r\n\r\n"));
        assert!(response(b"POST /v1?\xff").contains("problem+json"));
    }
}
