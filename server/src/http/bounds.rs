//! Limits on everything that a browser sends to the console. They are checked before a handler reads the request. Types and rules
//! of forms usually have narrower limits, but a handler could forget those.

use std::fmt;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use model::error_code::ErrorCode;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::customer_import_form::is_file_form;
use super::{FORM_LIMIT, scripts};

/// The longest query string, in bytes.
const MAX_QUERY_SIZE: usize = 16 * 1024;
/// The highest number of fields in a query string.
const MAX_QUERY_FIELDS: usize = 250;
/// The longest single text, in bytes.
const MAX_TEXT_SIZE: usize = 64 * 1024;
/// The highest number of items in one list, and of fields in one form.
const MAX_ITEMS: usize = 1_100;
/// The deepest nesting of lists and objects.
const MAX_DEPTH: usize = 8;

/// The limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exceeded {
    Query,
    QueryFields,
    Body,
    Text,
    Items,
    Depth,
    /// The body is not well-formed JSON.
    NotJson,
}

pub(super) async fn bounds(request: Request, next: Next) -> Response {
    if let Err(exceeded) = check_query(request.uri()) {
        return refused(&request, exceeded);
    }
    // Files have limits of their own, which their handler checks while it reads them.
    if request.method() != Method::POST || is_file_form(&request) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, FORM_LIMIT).await else {
        return refused(&Request::from_parts(parts, Body::empty()), Exceeded::Body);
    };
    // The body itself decides between JSON and a form, since a client chooses the content type. No form of the console begins like
    // JSON.
    let checked = if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        check_json(&bytes)
    } else {
        check_form(&bytes, MAX_ITEMS)
    };
    match checked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(exceeded) => refused(&Request::from_parts(parts, Body::empty()), exceeded),
    }
}

fn check_query(uri: &Uri) -> Result<(), Exceeded> {
    let query = uri.query().unwrap_or_default().as_bytes();
    if query.len() > MAX_QUERY_SIZE {
        return Err(Exceeded::Query);
    }
    check_form(query, MAX_QUERY_FIELDS).map_err(|_| Exceeded::QueryFields)
}

/// Whether this is a form within the limits.
pub(super) fn is_bounded_form(body: &[u8]) -> bool {
    check_form(body, MAX_ITEMS).is_ok()
}

/// Checks urlencoded fields. Escaped text is longer than the text itself, so the check is on the safe side.
fn check_form(bytes: &[u8], fields: usize) -> Result<(), Exceeded> {
    for (index, field) in bytes.split(|byte| *byte == b'&').enumerate() {
        if index >= fields {
            return Err(Exceeded::Items);
        }
        // An escaped byte takes at most three bytes.
        if field.len() > 3 * MAX_TEXT_SIZE {
            return Err(Exceeded::Text);
        }
    }
    Ok(())
}

fn check_json(bytes: &[u8]) -> Result<(), Exceeded> {
    let mut exceeded = None;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let check = Check {
        depth: 0,
        exceeded: &mut exceeded,
    };
    match check.deserialize(&mut json) {
        Ok(()) => Ok(()),
        Err(_) => Err(exceeded.unwrap_or(Exceeded::NotJson)),
    }
}

/// Reads JSON without storing it, and stops at the first limit that the body exceeds.
struct Check<'a> {
    depth: usize,
    exceeded: &'a mut Option<Exceeded>,
}

impl Check<'_> {
    fn fail<E: serde::de::Error>(&mut self, exceeded: Exceeded) -> E {
        *self.exceeded = Some(exceeded);
        E::custom("a limit is exceeded")
    }

    fn check_text<E: serde::de::Error>(&mut self, length: usize) -> Result<(), E> {
        if length > MAX_TEXT_SIZE {
            return Err(self.fail(Exceeded::Text));
        }
        Ok(())
    }

    fn deeper<E: serde::de::Error>(&mut self) -> Result<Check<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.fail(Exceeded::Depth));
        }
        Ok(Check {
            depth: self.depth + 1,
            exceeded: self.exceeded,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON within the limits")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        self.check_text(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..MAX_ITEMS {
            if list.next_element_seed(self.deeper()?)?.is_none() {
                return Ok(());
            }
        }
        match list.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(self.fail(Exceeded::Items)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        for _ in 0..MAX_ITEMS {
            if map.next_key_seed(self.deeper()?)?.is_none() {
                return Ok(());
            }
            map.next_value_seed(self.deeper()?)?;
        }
        match map.next_key::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(self.fail(Exceeded::Items)),
        }
    }
}

/// The answer to a request that exceeds a limit: an [`app::AppError`] for the scripts of a page, and a sentence for other clients.
fn refused(request: &Request, exceeded: Exceeded) -> Response {
    let what = match exceeded {
        Exceeded::Query => format!("a query string of more than {MAX_QUERY_SIZE} bytes"),
        Exceeded::QueryFields => format!("more than {MAX_QUERY_FIELDS} fields in its query string"),
        Exceeded::Body => format!("a body that is longer than {FORM_LIMIT} bytes or incomplete"),
        Exceeded::Text => format!("a text of more than {MAX_TEXT_SIZE} bytes"),
        Exceeded::Items => format!("a list or form with more than {MAX_ITEMS} items"),
        Exceeded::Depth => format!("more than {MAX_DEPTH} lists or objects inside each other"),
        Exceeded::NotJson => "a body that is not JSON".to_owned(),
    };
    let status = match exceeded {
        Exceeded::Query => StatusCode::URI_TOO_LONG,
        Exceeded::Body => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    // What is not JSON is rarely too long.
    let then = if exceeded == Exceeded::NotJson {
        ""
    } else {
        " Send less."
    };
    let sentence = format!("The request has {what}.{then}");
    if request.uri().path().starts_with("/api/") || scripts::sent_by_scripts(request.headers()) {
        let mut response = scripts::refused(app::AppError::new(ErrorCode::BadRequest, sentence));
        *response.status_mut() = status;
        return response;
    }
    (status, format!("{sentence}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_within_the_limits_passes() {
        assert_eq!(
            check_json(br#"{"query":{"status":["active"],"n":1.5,"o":null,"t":true}}"#),
            Ok(())
        );
        assert_eq!(
            check_json(format!("[{}]", vec!["1"; MAX_ITEMS].join(",")).as_bytes()),
            Ok(())
        );
        assert_eq!(check_form(b"name=a&endpoint=b&endpoint=c", MAX_ITEMS), Ok(()));
    }

    #[test]
    fn one_more_than_a_limit_is_refused() {
        let list = format!("[{}]", vec!["1"; MAX_ITEMS + 1].join(","));
        assert_eq!(check_json(list.as_bytes()), Err(Exceeded::Items));
        let fields: Vec<String> = (0..=MAX_ITEMS).map(|number| format!("\"{number}\":0")).collect();
        assert_eq!(
            check_json(format!("{{{}}}", fields.join(",")).as_bytes()),
            Err(Exceeded::Items)
        );
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_TEXT_SIZE + 1));
        assert_eq!(check_json(text.as_bytes()), Err(Exceeded::Text));
        let key = format!("{{\"{}\":1}}", "x".repeat(MAX_TEXT_SIZE + 1));
        assert_eq!(check_json(key.as_bytes()), Err(Exceeded::Text));
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH + 2), "]".repeat(MAX_DEPTH + 2));
        assert_eq!(check_json(deep.as_bytes()), Err(Exceeded::Depth));
        assert_eq!(check_json(b"{"), Err(Exceeded::NotJson));
        let form = vec!["a=b"; MAX_ITEMS + 1].join("&");
        assert_eq!(check_form(form.as_bytes(), MAX_ITEMS), Err(Exceeded::Items));
        assert_eq!(
            check_form(&vec![b'a'; 3 * MAX_TEXT_SIZE + 1], MAX_ITEMS),
            Err(Exceeded::Text)
        );
    }
}
