//! A call of an operation: who calls, and what the request says. The middleware reads it once, before any handler.

use std::time::Duration;

use axum::RequestPartsExt as _;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Path};
use backend::{Actor, IdempotencyKey};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Manage;
use super::problem::{Problem, ProblemCode};

/// The largest body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long the body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest Idempotency-Key, in characters.
const IDEMPOTENCY_KEY_MAX: usize = 255;
/// The most characters of a message that an answer repeats.
const SHOWN_MAX: usize = 300;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// What a problem names that is about the whole body.
const BODY: &str = "body";

/// A call of an operation. It is in the extensions of its request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) actor: Actor,
    method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// Reads the call out of a request whose sender is known.
    pub(super) async fn read(actor: Actor, parts: &Parts, body: Body) -> Result<Self, Problem> {
        Ok(Self {
            actor,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: read_body(&parts.headers, body).await?,
        })
    }

    /// The body as JSON of this type. A mistake is told with the name of its field.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(Problem::at(
                ProblemCode::UnsupportedMediaType,
                "Content-Type",
                "Send the body as application/json, and say so in Content-Type.",
            ));
        }
        // A derived reader takes an array for an object, field by field.
        if self.body.trim_ascii_start().starts_with(b"[") {
            return Err(Problem::field(BODY, "The body is one JSON object."));
        }
        read_json(&self.body)
    }

    /// The Idempotency-Key with what it belongs to; `None` without the header.
    pub(super) fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let mut values = self.headers.get_all(IDEMPOTENCY_KEY).iter();
        let (value, more) = (values.next(), values.next());
        let Some(value) = value else {
            return Ok(None);
        };
        let bytes = value.as_bytes();
        let is_plain = bytes.iter().all(u8::is_ascii_graphic);
        if more.is_some() || !(1..=IDEMPOTENCY_KEY_MAX).contains(&bytes.len()) || !is_plain {
            return Err(Problem::parameter(
                "Idempotency-Key",
                "An Idempotency-Key has 1 to 255 visible ASCII characters, and comes once.",
            ));
        }
        let key = value.to_str().unwrap_or_default();
        let target = format!("{}?{}", self.path, self.query);
        let sender = self.actor.identity();
        Ok(Some(IdempotencyKey::new(
            &sender,
            key,
            self.method.as_str(),
            &target,
            &self.body,
        )))
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Without the middleware nobody is known, and nobody may do anything.
        parts.extensions.get().cloned().ok_or_else(Problem::internal)
    }
}

/// Reads one value of JSON. A mistake is told with the name of its field.
pub(super) fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| not_as_expected(&error, text))?;
    json.end().map_err(|_| unreadable(BODY))?;
    Ok(read)
}

/// The ID, name or number in the path.
#[derive(Debug)]
pub(super) struct PathId<T = String>(pub(super) T);

impl<T: DeserializeOwned + Send + 'static> FromRequestParts<Manage> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Manage) -> Result<Self, Problem> {
        let path = parts.extract::<Path<T>>().await;
        path.map(|Path(id)| Self(id))
            .map_err(|_| Problem::at(ProblemCode::NotFound, "id", "The ID in the path is not readable text."))
    }
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::at(
            ProblemCode::TooLarge,
            BODY,
            "The body of the request is larger than 1 MiB.",
        )
    };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let is_length = std::error::Error::source(&error)
                .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
            Err(if is_length { too_large() } else { unreadable(BODY) })
        }
        Err(_) => Err(Problem::at(
            ProblemCode::Timeout,
            BODY,
            "The body of the request did not arrive within 10 seconds.",
        )),
    }
}

/// The problem for a body that is no JSON. `field` is where that was noticed.
fn unreadable(field: &str) -> Problem {
    Problem::parameter(field, "The body of the request is not one value of JSON.")
}

/// The problem for a text that is no JSON, or not of the type that was expected.
fn not_as_expected(error: &serde_path_to_error::Error<serde_json::Error>, text: &[u8]) -> Problem {
    let cause = error.inner();
    let path = error.path().to_string();
    // Where the text ends within an object, the path ends with a question mark.
    let path = path.trim_end_matches('?').trim_end_matches('.');
    if !cause.is_data() {
        let field = cut(if path.is_empty() { BODY } else { path });
        // serde_json takes a list in the place of a word, or half of a character, for a mistake in the JSON itself.
        return if serde_json::from_slice::<IgnoredAny>(text).is_ok() {
            Problem::field(&field, "This value is not as expected.")
        } else {
            unreadable(&field)
        };
    }
    let cause = cause.to_string();
    // serde_json tells the place, which means nothing where the field is named.
    let message = cause.split(" at line ").next().unwrap_or(&cause);
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    let field = match named {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None if path.is_empty() => BODY.to_owned(),
        None => path.to_owned(),
    };
    Problem::field(&cut(&field), sentence(message))
}

/// The beginning of a text that may have what the sender wrote.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

/// The message of the deserializer as a sentence.
fn sentence(message: &str) -> String {
    let message = cut(message);
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}.", first.map_or_else(String::new, String::from), letters.as_str())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its type matters")]
        second: Option<u32>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its type matters")]
        name: String,
        #[expect(dead_code, reason = "only its type matters")]
        limit: Option<Inner>,
    }

    fn field(body: &str) -> String {
        let mut json = serde_json::Deserializer::from_str(body);
        let error = serde_path_to_error::deserialize::<_, Outer>(&mut json).unwrap_err();
        let problem = not_as_expected(&error, body.as_bytes());
        problem
            .errors
            .first()
            .map_or_else(String::new, |error| error.field.clone())
    }

    #[test]
    fn a_mistake_in_json_is_told_with_its_field() {
        for (body, expected) in [
            (r#"{"name": 5}"#, "name"),
            (r"{}", "name"),
            (r#"{"name": "a", "other": 1}"#, "other"),
            (r#"{"name": "a", "limit": {"second": -1}}"#, "limit.second"),
            (r#"{"name": "a", "limit": {"hour": 1}}"#, "limit.hour"),
            (r#"{"name": "a", "name": "b"}"#, "name"),
            (r#""name""#, "body"),
            (r#"{"name": "#, "name"),
            ("{\"name\": \"a\u{1}\"}", "name"),
            (r#"{"name": "\ud800"}"#, "name"),
            (r#"{"limit": {"second": 01}}"#, "limit.second"),
            ("", "body"),
            ("{", "body"),
        ] {
            assert_eq!(field(body), expected, "{body}");
        }
    }
}
