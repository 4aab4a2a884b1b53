//! Bounds on everything that a browser sends to the console, checked before any handler reads it. A type or a rule of the
//! form usually has a narrower bound of its own; this is the one that nobody can forget.

use std::fmt;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{FORM_LIMIT, scripts};

/// The longest query string, in bytes.
const QUERY: usize = 16 * 1024;
/// Fields in a query string.
const QUERY_FIELDS: usize = 250;
/// The longest single text, in bytes.
const TEXT: usize = 64 * 1024;
/// Items in one list, and fields in one form.
const ITEMS: usize = 1_100;
/// Lists and objects inside each other.
const DEPTH: usize = 8;

/// Which bound a request breaks, as the end of a sentence: "The request has …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    Query,
    QueryFields,
    Body,
    Text,
    Items,
    Depth,
    /// It is not the JSON that it says it is.
    NoJson,
}

pub(super) async fn bounds(request: Request, next: Next) -> Response {
    if let Err(broken) = check_query(request.uri()) {
        return refused(&request, broken);
    }
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, FORM_LIMIT).await else {
        return refused(&Request::from_parts(parts, Body::empty()), Broken::Body);
    };
    // By what it is, not by what it says it is: no form of ours begins like this.
    let checked = if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        check_json(&bytes)
    } else {
        check_form(&bytes, ITEMS)
    };
    match checked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(broken) => refused(&Request::from_parts(parts, Body::empty()), broken),
    }
}

fn check_query(uri: &Uri) -> Result<(), Broken> {
    let query = uri.query().unwrap_or_default().as_bytes();
    if query.len() > QUERY {
        return Err(Broken::Query);
    }
    check_form(query, QUERY_FIELDS).map_err(|_| Broken::QueryFields)
}

/// Fields as browsers send them, apart by `&`. An escaped text is longer than what it means, so this is on the safe side.
fn check_form(bytes: &[u8], fields: usize) -> Result<(), Broken> {
    for (index, field) in bytes.split(|byte| *byte == b'&').enumerate() {
        if index >= fields {
            return Err(Broken::Items);
        }
        // Three bytes are the most that one escaped byte takes.
        if field.len() > 3 * TEXT {
            return Err(Broken::Text);
        }
    }
    Ok(())
}

fn check_json(bytes: &[u8]) -> Result<(), Broken> {
    let mut broken = None;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let check = Check {
        depth: 0,
        broken: &mut broken,
    };
    match check.deserialize(&mut json) {
        Ok(()) => Ok(()),
        Err(_) => Err(broken.unwrap_or(Broken::NoJson)),
    }
}

/// Reads JSON without keeping any of it.
struct Check<'a> {
    depth: usize,
    broken: &'a mut Option<Broken>,
}

impl Check<'_> {
    fn breaks<E: serde::de::Error>(&mut self, broken: Broken) -> E {
        *self.broken = Some(broken);
        E::custom("a bound is broken")
    }

    fn text<E: serde::de::Error>(&mut self, length: usize) -> Result<(), E> {
        if length > TEXT {
            return Err(self.breaks(Broken::Text));
        }
        Ok(())
    }

    fn deeper<E: serde::de::Error>(&mut self) -> Result<Check<'_>, E> {
        if self.depth == DEPTH {
            return Err(self.breaks(Broken::Depth));
        }
        Ok(Check {
            depth: self.depth + 1,
            broken: self.broken,
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
        formatter.write_str("JSON within bounds")
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
        self.text(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..ITEMS {
            if list.next_element_seed(self.deeper()?)?.is_none() {
                return Ok(());
            }
        }
        match list.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(self.breaks(Broken::Items)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        for _ in 0..ITEMS {
            if map.next_key_seed(self.deeper()?)?.is_none() {
                return Ok(());
            }
            map.next_value_seed(self.deeper()?)?;
        }
        match map.next_key::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(self.breaks(Broken::Items)),
        }
    }
}

/// For a page's scripts in the words of [`app::AppError`], for everybody else as a sentence.
fn refused(request: &Request, broken: Broken) -> Response {
    let what = match broken {
        Broken::Query => format!("a query string of more than {QUERY} bytes"),
        Broken::QueryFields => format!("more than {QUERY_FIELDS} fields in its query string"),
        Broken::Body => format!("a body that is longer than {FORM_LIMIT} bytes, or was cut off"),
        Broken::Text => format!("a text of more than {TEXT} bytes"),
        Broken::Items => format!("a list or form with more than {ITEMS} items"),
        Broken::Depth => format!("more than {DEPTH} lists or objects inside each other"),
        Broken::NoJson => "a body that is not JSON".to_owned(),
    };
    let status = match broken {
        Broken::Query => StatusCode::URI_TOO_LONG,
        Broken::Body => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let sentence = format!("The request has {what}. Send less.");
    if request.uri().path().starts_with("/api/") || scripts::ask(request.headers()) {
        return scripts::refused(status, app::AppError::Refused(sentence));
    }
    (status, format!("{sentence}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_the_bounds_passes() {
        assert_eq!(
            check_json(br#"{"query":{"status":["active"],"n":1.5,"o":null,"t":true}}"#),
            Ok(())
        );
        assert_eq!(
            check_json(format!("[{}]", vec!["1"; ITEMS].join(",")).as_bytes()),
            Ok(())
        );
        assert_eq!(check_form(b"name=a&endpoint=b&endpoint=c", ITEMS), Ok(()));
    }

    #[test]
    fn one_more_than_a_bound_is_refused() {
        let list = format!("[{}]", vec!["1"; ITEMS + 1].join(","));
        assert_eq!(check_json(list.as_bytes()), Err(Broken::Items));
        let fields: Vec<String> = (0..=ITEMS).map(|number| format!("\"{number}\":0")).collect();
        assert_eq!(
            check_json(format!("{{{}}}", fields.join(",")).as_bytes()),
            Err(Broken::Items)
        );
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(TEXT + 1));
        assert_eq!(check_json(text.as_bytes()), Err(Broken::Text));
        let key = format!("{{\"{}\":1}}", "x".repeat(TEXT + 1));
        assert_eq!(check_json(key.as_bytes()), Err(Broken::Text));
        let deep = format!("{}{}", "[".repeat(DEPTH + 2), "]".repeat(DEPTH + 2));
        assert_eq!(check_json(deep.as_bytes()), Err(Broken::Depth));
        assert_eq!(check_json(b"{"), Err(Broken::NoJson));
        let form = vec!["a=b"; ITEMS + 1].join("&");
        assert_eq!(check_form(form.as_bytes(), ITEMS), Err(Broken::Items));
        assert_eq!(check_form(&vec![b'a'; 3 * TEXT + 1], ITEMS), Err(Broken::Text));
    }
}
