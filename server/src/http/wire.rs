//! The bytes of a connection. hyper answers a head that it cannot take with a status and nothing else; here that gets its
//! words: problem+json under `/v1`, a sentence elsewhere. Such a connection is closed so that the answer arrives: where
//! unread bytes are left when it closes, the system tells the other side to forget what came (RFC 9112, section 9.6).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::connections::Connection;
use super::head::{TARGET_SIZE, Unfit, is_for_verifier};
use super::security::NOTHING;

/// Bytes of a head that are looked at: a method and the beginning of a path.
const START: usize = 32;
/// For how long, and how much of what is still sent is read and thrown away after a refusal.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_SIZE: usize = 4 * 1024 * 1024;

pub(super) struct Wire {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// Whether what is read next begins a head.
    begins: bool,
    start: [u8; START],
    /// How much was read of the line that the head begins with, and whether that is all of it.
    line: usize,
    line_ended: bool,
    refusal: Option<Refusal>,
}

/// An answer in the place of hyper's.
struct Refusal {
    text: Vec<u8>,
    written: usize,
    lingers: Option<(Pin<Box<Sleep>>, usize)>,
}

impl Wire {
    pub(super) const fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            connection,
            begins: true,
            start: [0; START],
            line: 0,
            line_ended: false,
            refusal: None,
        }
    }

    fn has_read(&mut self, bytes: &[u8]) {
        if self.begins && !bytes.is_empty() {
            self.begins = false;
            (self.line, self.line_ended) = (0, false);
            self.start = [0; START];
            let length = bytes.len().min(START);
            self.start[..length].copy_from_slice(&bytes[..length]);
        }
        if !self.line_ended {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            self.line += end.unwrap_or(bytes.len());
            self.line_ended = end.is_some();
        }
    }

    /// Looks at what is about to be written: whether it is hyper's own refusal of a head, which gets its words then.
    fn is_refusal(&mut self, bytes: &[u8]) -> bool {
        if self.connection.takes_answer() {
            // What comes after an answer is the next head.
            self.begins = true;
            return false;
        }
        if self.refusal.is_none()
            && let Some(unfit) = unfit(bytes, self.line)
        {
            self.refusal = Some(Refusal {
                text: in_words(unfit, &self.start, date(bytes)),
                written: 0,
                lingers: None,
            });
        }
        self.refusal.is_some()
    }

    /// Writes the refusal. Tells hyper that its own was written when all of it is.
    fn write_refusal(&mut self, context: &mut Context<'_>, instead_of: usize) -> Poll<io::Result<usize>> {
        let Some(refusal) = &mut self.refusal else {
            return Poll::Ready(Ok(instead_of));
        };
        while refusal.written < refusal.text.len() {
            let rest = &refusal.text[refusal.written..];
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            refusal.written += written;
        }
        Poll::Ready(Ok(instead_of))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if self.begins || !self.line_ended {
            self.has_read(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_refusal(bytes) {
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
        if self.is_refusal(first) {
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
        let (patience, thrown_away) = refusal.lingers.get_or_insert_with(|| (Box::pin(sleep(LINGER)), 0));
        loop {
            let mut space = [0; 4096];
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    *thrown_away += buffer.filled().len();
                    if *thrown_away > LINGER_SIZE {
                        return Poll::Ready(Ok(()));
                    }
                }
                // The other side has closed as well.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return patience.as_mut().poll(context).map(Ok),
            }
        }
    }
}

/// Which head hyper refuses with these bytes: a status of its own, and no body.
fn unfit(bytes: &[u8], line: usize) -> Option<Unfit> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ").or(bytes.strip_prefix(b"HTTP/1.0 "))?;
    let unfit = match status.get(..3)? {
        b"400" => Unfit::Unreadable,
        b"414" => Unfit::Target,
        b"431" if line > TARGET_SIZE => Unfit::Target,
        b"431" => Unfit::Head,
        _ => return None,
    };
    let empty = b"\r\ncontent-length: 0\r\n";
    let is_empty = bytes.ends_with(b"\r\n\r\n") && bytes.windows(empty.len()).any(|part| part == empty);
    is_empty.then_some(unfit)
}

/// The line that hyper has written.
fn date(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.lines().find(|line| line.starts_with("date: ")).unwrap_or("date: ")
}

fn in_words(unfit: Unfit, start: &[u8], date: &str) -> Vec<u8> {
    let problem = unfit.problem();
    let (method, target) = method_and_path(start);
    let (kind, body) = if is_for_verifier(target) {
        let body = serde_json::to_string(&problem).unwrap_or_default();
        ("application/problem+json", body)
    } else {
        ("text/plain; charset=utf-8", format!("{}\n", problem.detail))
    };
    let lines = [
        &format!("HTTP/1.1 {} {}", problem.status, problem.title),
        date,
        &format!("content-type: {kind}"),
        &format!("content-length: {}", body.len()),
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        &format!("content-security-policy: {NOTHING}"),
        "connection: close",
        "\r\n",
    ];
    let mut text = lines.join("\r\n");
    if method != "HEAD" {
        text.push_str(&body);
    }
    text.into_bytes()
}

/// As far as they can be read. A path of the verifier's is told by its beginning.
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

    const OF_HYPER: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
        content-length: 0\r\ndate: Sat, 28 Nov 2026 19:00:00 GMT\r\n\r\n";

    #[test]
    fn hypers_own_refusals_are_told_from_answers() {
        assert_eq!(unfit(OF_HYPER, 100), Some(Unfit::Head));
        assert_eq!(unfit(OF_HYPER, 60_000), Some(Unfit::Target));
        for answer in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            b"400",
            b"",
        ] {
            assert_eq!(unfit(answer, 100), None);
        }
    }

    #[test]
    fn it_is_a_problem_under_v1_and_a_sentence_elsewhere() {
        let words = |start: &[u8]| String::from_utf8(in_words(Unfit::Head, start, date(OF_HYPER))).unwrap();
        let problem = words(b"GET /v1/authorize HTTP/1.1\r\n");
        assert!(problem.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\ndate: Sat, 28 Nov"));
        assert!(problem.contains("application/problem+json") && problem.contains("ERR_HEADERS_TOO_LARGE"));
        for start in ["GET /v10 ", "GET / HTTP/1.1\r\nX: /v1/", "\0\0", "GET /keys/v1/"] {
            assert!(words(start.as_bytes()).contains("text/plain"), "{start}");
        }
        assert!(words(b"HEAD /v1 HTTP/1.1").ends_with("\r\n\r\n"));
        assert!(words(b"POST /v1?\xff").contains("problem+json"));
    }
}
