//! The two requests that gateways send, as bytes. wrk sends them, and the bench itself sends them to check the answers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// The headers that hyper adds to every answer.
const ADDED: [&str; 2] = ["date", "content-length"];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Question {
    Verify,
    Authorize,
}

/// An answer that the bench has read.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    /// The size of the whole answer, in bytes.
    pub(crate) size: u64,
}

impl Question {
    pub(crate) const BOTH: [Question; 2] = [Question::Verify, Question::Authorize];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Question::Verify => "verify",
            Question::Authorize => "authorize",
        }
    }

    /// The parts of the request before and after a token of this length.
    pub(crate) fn around(self, host: &str, token_length: usize) -> [String; 2] {
        match self {
            Question::Verify => {
                let (before, after) = (r#"{"key":""#, r#"","endpoint":"chat"}"#);
                let length = before.len() + token_length + after.len();
                let head = [
                    "POST /v1/keys/verify HTTP/1.1",
                    &format!("Host: {host}"),
                    "Content-Type: application/json",
                    &format!("Content-Length: {length}"),
                ];
                [format!("{}\r\n\r\n{before}", head.join("\r\n")), after.to_owned()]
            }
            Question::Authorize => {
                let head = [
                    "GET /v1/authorize HTTP/1.1",
                    &format!("Host: {host}"),
                    "Authorization: Bearer ",
                ];
                let after = [
                    "",
                    "X-Forwarded-Method: POST",
                    "X-Forwarded-Uri: /api/v1/chat/completions",
                ];
                [head.join("\r\n"), format!("{}\r\n\r\n", after.join("\r\n"))]
            }
        }
    }

    /// Asks whether the key of this token may call chat.
    pub(crate) fn ask(self, host: &str, token: &str) -> Result<Answer> {
        let [before, after] = self.around(host, token.len());
        let mut stream = TcpStream::connect(host).context("the server cannot be reached")?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(format!("{before}{token}{after}").as_bytes())?;
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut part).context("the server gave no answer")?;
            ensure!(read > 0, "the server's answer broke off");
            bytes.extend_from_slice(&part[..read]);
            let text = std::str::from_utf8(&bytes).context("the server's answer is not text")?;
            if let Some(answer) = Answer::read(text)? {
                return Ok(answer);
            }
        }
    }
}

impl Answer {
    /// `None` if the answer is not complete yet.
    fn read(text: &str) -> Result<Option<Answer>> {
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Ok(None);
        };
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let headers: Option<Vec<_>> = lines
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect();
        let (Some(status), Some(headers)) = (status, headers) else {
            bail!("the server did not answer with HTTP: {head}");
        };
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length
            .and_then(|(_, value)| value.parse().ok())
            .with_context(|| format!("the server did not say how long its answer is: {head}"))?;
        Ok((body.len() >= length).then(|| Answer {
            status,
            headers,
            body: body.to_owned(),
            size: text.len() as u64,
        }))
    }

    /// Whether the answer says that the key may.
    pub(crate) fn allows(&self, question: Question) -> bool {
        self.status == 200 && (question == Question::Authorize || self.field("code") == "VALID")
    }

    /// Whether the answer says that there is no such key.
    pub(crate) fn knows_none(&self, question: Question) -> bool {
        match question {
            Question::Verify => self.status == 200 && self.field("code") == "NOT_FOUND",
            Question::Authorize => self.status == 401 && self.field("code") == "ERR_INVALID_KEY",
        }
    }

    /// The answer in the form that the floor reads, to give it to every request.
    pub(crate) fn for_the_floor(&self) -> String {
        let headers = self.headers.iter().filter(|(name, _)| !ADDED.contains(&name.as_str()));
        let lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{}\n{}", lines.concat(), self.body)
    }

    fn field(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body[name].as_str().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nX-Empty: \r\ncontent-length: 16\r\n\
        date: Thu, 26 Nov 2026 10:00:00 GMT\r\n\r\n{\"code\":\"VALID\"}";

    fn read(text: &str) -> Answer {
        Answer::read(text).unwrap().unwrap()
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let [before, after] = Question::Verify.around("localhost:1", 4);
        let request = format!("{before}sk_1{after}");
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        assert_eq!(body, r#"{"key":"sk_1","endpoint":"chat"}"#);
    }

    #[test]
    fn a_gateway_sends_the_key_and_the_request_as_headers() {
        let [before, after] = Question::Authorize.around("localhost:1", 4);
        assert_eq!(
            format!("{before}sk_1{after}"),
            "GET /v1/authorize HTTP/1.1\r\nHost: localhost:1\r\nAuthorization: Bearer sk_1\r\n\
             X-Forwarded-Method: POST\r\nX-Forwarded-Uri: /api/v1/chat/completions\r\n\r\n"
        );
    }

    #[test]
    fn an_answer_is_complete_when_all_of_its_body_is_there() {
        assert_eq!(Answer::read("HTTP/1.1 200 OK\r\ncontent-le").unwrap(), None);
        assert_eq!(Answer::read(&VALID[..VALID.len() - 1]).unwrap(), None);
        assert_eq!(read(VALID).size, VALID.len() as u64);
        assert!(Answer::read("SSH-2.0\r\n\r\n").is_err());
    }

    #[test]
    fn the_code_says_whether_a_key_may() {
        let valid = read(VALID);
        assert!(valid.allows(Question::Verify) && !valid.knows_none(Question::Verify));
        let other = read(&VALID.replace("VALID", "OTHER"));
        assert!(!other.allows(Question::Verify) && !other.knows_none(Question::Verify));
        let unknown = read("HTTP/1.1 401 Unauthorized\r\ncontent-length: 26\r\n\r\n{\"code\":\"ERR_INVALID_KEY\"}");
        assert!(unknown.knows_none(Question::Authorize) && !unknown.allows(Question::Authorize));
    }

    #[test]
    fn the_floor_gets_the_answer_without_the_headers_that_hyper_adds() {
        assert_eq!(
            read(VALID).for_the_floor(),
            "content-type: application/json\nx-empty: \n\n{\"code\":\"VALID\"}"
        );
    }
}
