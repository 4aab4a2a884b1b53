//! Asks the verifier over one connection, several requests at a time. It is cheap, since servers and clients share this machine.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    received: Vec<u8>,
    request: String,
}

/// An answer to `POST /v1/keys/verify`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Such as `VALID` or `ERR_UNAVAILABLE`.
    pub(crate) code: String,
    /// The body, as JSON.
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is_valid(&self) -> bool {
        self.status == 200 && self.code == "VALID"
    }

    /// Whether the node says that it knows too little to decide.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.status == 503
    }
}

impl Connection {
    pub(crate) fn open(address: &str) -> io::Result<Connection> {
        let parsed = address.parse().map_err(io::Error::other)?;
        let stream = TcpStream::connect_timeout(&parsed, TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        Ok(Connection {
            stream,
            host: address.to_owned(),
            received: Vec::new(),
            request: String::new(),
        })
    }

    /// How long an answer may take from now on.
    pub(crate) fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(timeout))
    }

    /// Asks whether each of these tokens may call the endpoint `chat`. Hands over each answer as it comes, with its index.
    pub(crate) fn ask(&mut self, tokens: &[&str], mut each: impl FnMut(usize, Answer)) -> io::Result<()> {
        self.send(tokens)?;
        for index in 0..tokens.len() {
            each(index, self.receive()?);
        }
        Ok(())
    }

    /// Asks about one token.
    pub(crate) fn ask_one(&mut self, token: &str) -> io::Result<Answer> {
        self.send(&[token])?;
        self.receive()
    }

    /// Sends the requests without waiting for the answers.
    pub(crate) fn send(&mut self, tokens: &[&str]) -> io::Result<()> {
        self.request.clear();
        for token in tokens {
            let length = token.len() + r#"{"key":"","endpoint":"chat"}"#.len();
            write!(
                self.request,
                "POST /v1/keys/verify HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {length}\
                 \r\n\r\n{{\"key\":\"{token}\",\"endpoint\":\"chat\"}}",
                self.host
            )
            .map_err(io::Error::other)?;
        }
        self.stream.write_all(self.request.as_bytes())
    }

    /// Reads the next answer.
    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        loop {
            if let Some((answer, length)) = read_answer(&self.received)? {
                self.received.drain(..length);
                return Ok(answer);
            }
            let mut chunk = [0; 16 * 1024];
            let length = self.stream.read(&mut chunk)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.received.extend_from_slice(&chunk[..length]);
        }
    }
}

/// The first answer in these bytes and its length, once it is complete.
fn read_answer(received: &[u8]) -> io::Result<Option<(Answer, usize)>> {
    let Some(head_length) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = str::from_utf8(&received[..head_length]).map_err(io::Error::other)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("not an answer of HTTP"))?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or_else(|| io::Error::other("an answer without a length"))?;
    let end = head_length + 4 + length;
    let Some(body) = received.get(head_length + 4..end) else {
        return Ok(None);
    };
    let body = str::from_utf8(body).map_err(io::Error::other)?;
    let code = body
        .split_once(r#""code":""#)
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_default();
    let answer = Answer {
        status,
        code: code.to_owned(),
        body: body.to_owned(),
    };
    Ok(Some((answer, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 29\r\n\r\n\
        {\"valid\":true,\"code\":\"VALID\"}HTTP/1.1 503";

    #[test]
    fn an_answer_ends_where_the_next_begins() {
        let (answer, length) = read_answer(VALID).unwrap().unwrap();
        assert!(answer.is_valid() && !answer.is_unavailable());
        assert_eq!(&VALID[length..], b"HTTP/1.1 503");
        assert_eq!(read_answer(&VALID[..length - 1]).unwrap(), None);
    }

    #[test]
    fn other_bytes_are_no_answer() {
        assert!(read_answer(b"220 mail\r\n\r\n").is_err());
        assert!(read_answer(b"HTTP/1.1 200 OK\r\n\r\n{}").is_err());
    }
}
