//! Reads the key of a request, from `Authorization: Bearer` or `X-Api-Key`.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Why a request has no key that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    Missing,
    /// There are two different keys. One of them may be forged.
    Two,
    Unreadable,
}

/// The key of a request.
pub(crate) fn read_key(headers: &HeaderMap) -> Result<&str, NoKey> {
    let mut found = None;
    for value in headers.get_all(API_KEY) {
        set(&mut found, value.to_str().map_err(|_| NoKey::Unreadable)?)?;
    }
    let is_only_header = found.is_none();
    for value in headers.get_all(AUTHORIZATION) {
        match value.to_str() {
            Ok(text) => {
                // Beside an X-Api-Key, the API may use this header for tokens of its own.
                if let Some(token) = bearer(text).filter(|token| is_only_header || has_token_shape(token)) {
                    set(&mut found, token)?;
                }
            }
            Err(_) if is_only_header => return Err(NoKey::Unreadable),
            Err(_) => {}
        }
    }
    found.ok_or(NoKey::Missing)
}

fn set<'a>(found: &mut Option<&'a str>, key: &'a str) -> Result<(), NoKey> {
    let key = key.trim();
    if key.is_empty() {
        return Ok(());
    }
    if found.is_some_and(|found| found != key) {
        return Err(NoKey::Two);
    }
    *found = Some(key);
    Ok(())
}

fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a text looks like one of Latchkey's own tokens, as a JWT does not.
fn has_token_shape(text: &str) -> bool {
    let rest = text.strip_prefix("sk_live_").or_else(|| text.strip_prefix("sk_test_"));
    rest.is_some_and(|rest| rest.len() == 36 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ONE: &str = "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB";
    const OTHER: &str = "sk_test_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB";

    fn read(headers: &[(&'static str, &str)]) -> Result<String, NoKey> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        read_key(&map).map(str::to_owned)
    }

    #[test]
    fn a_key_is_read_from_either_header() {
        for headers in [
            vec![("authorization", format!("bearer  {ONE}"))],
            vec![("x-api-key", ONE.to_owned())],
            vec![
                ("x-api-key", ONE.to_owned()),
                ("authorization", format!("Bearer {ONE}")),
            ],
            vec![
                ("x-api-key", ONE.to_owned()),
                ("authorization", "Bearer eyJh.eyJz.c2ln".to_owned()),
            ],
            vec![
                ("x-api-key", ONE.to_owned()),
                ("authorization", "Basic YTpi".to_owned()),
            ],
        ] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(read(&headers).unwrap(), ONE, "{headers:?}");
        }
    }

    #[test]
    fn two_keys_are_none() {
        let bearer = format!("Bearer {OTHER}");
        assert_eq!(read(&[("x-api-key", ONE), ("authorization", &bearer)]), Err(NoKey::Two));
        assert_eq!(read(&[("x-api-key", ONE), ("x-api-key", OTHER)]), Err(NoKey::Two));
    }

    #[test]
    fn no_key_is_none() {
        for headers in [
            &[][..],
            &[("x-api-key", " ")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Basic x")],
        ] {
            assert_eq!(read(headers), Err(NoKey::Missing));
        }
        assert_eq!(read(&[("x-api-key", "schlüssel")]), Err(NoKey::Unreadable));
    }
}
