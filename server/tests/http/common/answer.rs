//! The answer to a request.

use http::HeaderMap;
use http::header::SET_COOKIE;
use http::response::Parts;
use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The head of an answer whose body is a stream.
    pub fn without_body(parts: Parts) -> Self {
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::new(),
        }
    }

    /// The value of a header; `None` if the answer has none.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The code of a problem. Also checks the headers and fields that every problem must have.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|text| !text.is_empty()),
                "no {member} in {problem}"
            );
        }
        problem["code"].as_str().unwrap().to_owned()
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    /// The values of an attribute on all elements that have it.
    pub fn attributes(&self, name: &str) -> Vec<&str> {
        let start = format!(" {name}=\"");
        self.body
            .split(&start)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect()
    }

    /// The value of the field with this name. The page must have exactly one such field.
    pub fn field(&self, name: &str) -> &str {
        let name = format!(" name=\"{name}\"");
        let fields: Vec<&str> = self
            .body
            .split("<input")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .filter(|input| input.contains(&name))
            .collect();
        assert_eq!(fields.len(), 1, "{name} in {}", self.body);
        fields[0]
            .split(" value=\"")
            .nth(1)
            .map_or("", |rest| rest.split('"').next().unwrap())
    }

    /// The text in the `<textarea>` with this name. The page must have exactly one such field.
    pub fn area(&self, name: &str) -> &str {
        let name = format!(" name=\"{name}\"");
        let areas: Vec<&str> = self
            .body
            .split("<textarea")
            .skip(1)
            .map(|rest| rest.split("</textarea>").next().unwrap())
            .filter(|area| area.split('>').next().unwrap().contains(&name))
            .collect();
        assert_eq!(areas.len(), 1, "{name} in {}", self.body);
        areas[0].split_once('>').unwrap().1
    }

    /// The token in a field of the page. The page must have exactly one token.
    pub fn shown_token(&self) -> String {
        let tokens: Vec<&str> = self
            .attributes("value")
            .into_iter()
            .filter(|value| value.starts_with("sk_"))
            .collect();
        assert_eq!(tokens.len(), 1, "{}", self.body);
        tokens[0].to_owned()
    }

    /// The page without the parts that differ between renderings.
    pub fn without_nonces(&self) -> String {
        let mut text = self.body.clone();
        for nonce in self.attributes("nonce") {
            text = text.replace(nonce, "NONCE");
        }
        text
    }
}
