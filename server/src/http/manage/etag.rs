//! Entity tags (RFC 9110, section 8.8.3), and the condition `If-Match` (section 13.1.1).

use backend::crypto::sha256;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::IF_MATCH;

use super::problem::Problem;
use super::resource::Resource;

/// Bytes of the hash in a tag.
const HASH: usize = 15;

/// The entity tag of an object: a hash over its representation, without what use alone changes.
pub(super) fn etag<R: Resource>(object: &R) -> String {
    let mut json = serde_json::to_value(object).unwrap_or_default();
    if let Some(fields) = json.as_object_mut() {
        for name in R::VOLATILE {
            fields.remove(*name);
        }
        // A new key becomes active by itself, and nobody has changed it.
        if fields.get("status").is_some_and(|status| status == "provisioning") {
            fields.insert("status".to_owned(), "active".into());
        }
    }
    let hash = sha256(&json.to_string());
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash[..HASH]))
}

/// What the header `If-Match` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// The object exists.
    Any,
    /// The object has one of these tags. Weak ones are left out, since they never match.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header; `None` without it.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let wrong = || Problem::parameter("If-Match", "If-Match has the ETag of an answer, with its quotes, or *.");
        let mut values = Vec::new();
        for value in headers.get_all(IF_MATCH) {
            values.push(value.to_str().map_err(|_| wrong())?.trim());
        }
        if values.is_empty() {
            return Ok(None);
        }
        let all = values.join(",");
        if all == "*" {
            return Ok(Some(Self::Any));
        }
        // Our tags have no commas, and another tag matches nothing, however it is split.
        let mut tags = Vec::new();
        for tag in all.split(',').map(str::trim) {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            if strong.len() < 2 || !strong.starts_with('"') || !strong.ends_with('"') {
                return Err(wrong());
            }
            if strong == tag {
                tags.push(tag.to_owned());
            }
        }
        Ok(Some(Self::Tags(tags)))
    }

    pub(super) fn matches(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|wanted| wanted == tag),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<IfMatch>, Problem> {
        let headers: HeaderMap = values
            .iter()
            .map(|value| (IF_MATCH, HeaderValue::from_static(value)))
            .collect();
        IfMatch::read(&headers)
    }

    #[test]
    fn a_condition_is_read() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(Some(IfMatch::Any)));
        let tags = read(&["\"a\", W/\"b\"", "\"c\""]).unwrap().unwrap();
        assert!(tags.matches("\"a\"") && tags.matches("\"c\""));
        assert!(!tags.matches("\"b\""), "a weak tag never matches");
        for wrong in ["", "a", "\"", "\"a\",", "W/a"] {
            assert_eq!(read(&[wrong]).unwrap_err().errors[0].field, "If-Match", "{wrong}");
        }
    }
}
