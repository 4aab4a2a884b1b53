//! Requests that work as pasted, in four languages. The token is read from the environment, since shells and files are kept.

mod curl;
mod go;
mod javascript;
mod python;
#[cfg(test)]
mod tests;

use leptos::serde_json::Value;

use super::description::{Document, text};
use super::json::Json;
use super::{EXAMPLE_ID, REAL_ID};

/// Stands in the requests in place of this server's address.
pub(super) const ORIGIN: &str = "https://latchkey.invalid";

/// A language of the requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Curl,
    JavaScript,
    Python,
    Go,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::Curl, Self::JavaScript, Self::Python, Self::Go];

    /// The word in the cookie and in the page.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Go => "go",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
        }
    }

    /// The language of a word; the first one for an unknown word.
    pub fn parse(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|language| language.slug() == word);
        found.unwrap_or_default()
    }

    pub(super) fn write(self, request: &Request) -> String {
        match self {
            Self::Curl => curl::write(request),
            Self::JavaScript => javascript::write(request),
            Self::Python => python::write(request),
            Self::Go => go::write(request),
        }
    }
}

/// A request with the examples of the description.
#[derive(Debug)]
pub(super) struct Request {
    method: String,
    /// With the origin, the path and the query.
    url: String,
    /// The variable with the bearer token.
    token: Option<&'static str>,
    headers: Vec<(String, String)>,
    body: Option<Json>,
    answer: AnswerKind,
}

/// What an answer has that a program wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnswerKind {
    Json,
    Text,
    /// It has no body.
    Headers,
}

impl Request {
    pub(super) fn new(path: &str, method: &str, operation: &Value, document: &Document) -> Self {
        let (mut path, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = document.resolved(parameter);
            let (name, example) = (text(&parameter["name"]), plain(&parameter["example"]));
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                _ if parameter["example"].is_null() => {}
                Some("query") => query.push(format!("{name}={example}")),
                _ => headers.push((name, example)),
            }
        }
        if method == "get" {
            path = path.replace(EXAMPLE_ID, REAL_ID);
        }
        let question = if query.is_empty() { "" } else { "?" };
        let content = &operation["requestBody"]["content"]["application/json"];
        let body = content["example"]
            .is_object()
            .then(|| Json::new(&content["example"], &content["schema"], document));
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let security = operation["security"].as_array().into_iter().flatten();
        let scheme = security.filter_map(Value::as_object).find_map(|one| one.keys().next());
        Self {
            method: method.to_uppercase(),
            url: format!("{ORIGIN}{path}{question}{}", query.join("&")),
            token: scheme.map(|scheme| match scheme.as_str() {
                "apiKey" => "LATCHKEY_TOKEN",
                _ => "LATCHKEY_SERVICE_TOKEN",
            }),
            headers,
            body,
            answer: answer_kind(&operation["responses"]),
        }
    }
}

/// An example as a URL or a header has it.
fn plain(example: &Value) -> String {
    example.as_str().map_or_else(|| example.to_string(), str::to_owned)
}

fn answer_kind(responses: &Value) -> AnswerKind {
    let mut all = responses.as_object().into_iter().flatten();
    let success = all.find(|(status, _)| status.starts_with('2'));
    match success.and_then(|(_, response)| response["content"].as_object()) {
        None => AnswerKind::Headers,
        Some(content) if content.contains_key("application/json") => AnswerKind::Json,
        Some(_) => AnswerKind::Text,
    }
}
