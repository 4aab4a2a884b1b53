//! The verifier's answer: may this key be used for this?

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde::Deserialize;

pub(crate) const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What Latchkey has decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The key may be used.
    Valid(Box<ValidKey>),
    /// The key may not be used.
    Refused(RefusedKey),
}

/// A key that may be used, and what belongs to it. [`LatchkeyLayer`](crate::LatchkeyLayer) puts it into the request's extensions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ValidKey {
    pub key_id: String,
    pub name: String,
    pub environment: String,
    /// The endpoint that the request belongs to.
    pub endpoint: String,
    /// When the key ends (RFC 3339, in UTC).
    pub expires_at: Option<String>,
    pub bias_profile: Option<BiasProfile>,
    /// Whose key it is, where it belongs to a customer.
    pub customer: Option<Customer>,
    /// The key's own metadata, where it has any.
    pub metadata: Option<serde_json::Value>,
    /// What is left of the key's limits, where it has any.
    pub rate_limits: Option<RateLimits>,
}

/// A key that may not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedKey {
    pub code: Code,
    /// Where the key is known.
    pub key_id: Option<String>,
    /// The endpoint that the request belongs to, where there is one.
    pub endpoint: Option<String>,
    /// What is left of the key's limits, where it has any.
    pub rate_limits: Option<RateLimits>,
}

/// Whose key it is, as your own system knows them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Customer {
    pub id: String,
    pub external_id: String,
    pub name: String,
    #[serde(default)]
    pub metadata: Option<serde_json::Value>,
}

/// The bias profile of a key, in the version in force: only the categories that are on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BiasProfile {
    pub id: String,
    pub name: String,
    pub version: i64,
    pub categories: Vec<BiasCategory>,
}

/// A category with its threshold and its action.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BiasCategory {
    pub category: String,
    pub threshold: u8,
    pub action: String,
}

/// The headers about limits, to be passed on to the client as they are (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// `RateLimit`: what is left.
    pub limit: HeaderValue,
    /// `RateLimit-Policy`: what is allowed.
    pub policy: HeaderValue,
    /// Seconds until the key may be used again, where a limit refused it.
    pub retry_after: Option<u64>,
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Code {
    /// Unknown, deleted or mistyped.
    NotFound,
    Provisioning,
    Inactive,
    Expired,
    Failed,
    /// The key's customer is suspended.
    Suspended,
    /// The endpoint was not granted or does not exist.
    Forbidden,
    AddressNotAllowed,
    RateLimited,
    /// A code that this version of the crate does not know.
    #[serde(other)]
    Unknown,
}

/// The answer as it is sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    valid: bool,
    code: Word,
    key_id: Option<String>,
    name: Option<String>,
    environment: Option<String>,
    endpoint: Option<String>,
    expires_at: Option<String>,
    bias_profile: Option<BiasProfile>,
    #[serde(default)]
    customer: Option<Customer>,
    #[serde(default)]
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Valid(ValidWord),
    Refused(Code),
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ValidWord {
    Valid,
}

impl Decision {
    /// Reads a decision. What is not one is `None`, so that nothing is allowed by mistake.
    pub(crate) fn read(answer: &Response<Bytes>) -> Option<Self> {
        let body: Body = serde_json::from_slice(answer.body()).ok()?;
        let rate_limits = RateLimits::read(answer.headers());
        match body.code {
            Word::Valid(ValidWord::Valid) if body.valid => Some(Self::Valid(Box::new(ValidKey {
                key_id: body.key_id?,
                name: body.name?,
                environment: body.environment?,
                endpoint: body.endpoint?,
                expires_at: body.expires_at,
                bias_profile: body.bias_profile,
                customer: body.customer,
                metadata: body.metadata,
                rate_limits,
            }))),
            Word::Refused(code) if !body.valid => Some(Self::Refused(RefusedKey {
                code,
                key_id: body.key_id,
                endpoint: body.endpoint,
                rate_limits,
            })),
            _ => None,
        }
    }
}

impl RateLimits {
    fn read(headers: &HeaderMap) -> Option<Self> {
        Some(Self {
            limit: headers.get(LIMIT)?.clone(),
            policy: headers.get(POLICY)?.clone(),
            retry_after: retry_after(headers),
        })
    }

    pub(crate) fn insert_headers(&self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, self.limit.clone());
        headers.insert(POLICY, self.policy.clone());
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
    }
}

/// Reads Retry-After in seconds, as Latchkey always writes it.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &serde_json::Value) -> Option<Decision> {
        Decision::read(&Response::new(body.to_string().into()))
    }

    #[test]
    fn a_customer_and_metadata_come_along() {
        let body = json!({
            "valid": true, "code": "VALID", "keyId": "key_1", "name": "Shop", "environment": "default", "endpoint": "chat",
            "expiresAt": null, "biasProfile": null, "metadata": {"plan": "pro"}, "later": 1,
            "customer": {"id": "cus_1", "externalId": "acme", "name": "Acme", "metadata": {"seats": 5}},
        });
        let Some(Decision::Valid(key)) = read(&body) else {
            panic!("it is not valid");
        };
        assert_eq!(key.metadata, Some(json!({"plan": "pro"})));
        let customer = key.customer.unwrap();
        assert_eq!(
            (customer.external_id.as_str(), customer.metadata),
            ("acme", Some(json!({"seats": 5})))
        );
    }

    #[test]
    fn each_code_is_read_and_one_of_a_later_version_is_a_refusal() {
        for (word, code) in [
            ("NOT_FOUND", Code::NotFound),
            ("PROVISIONING", Code::Provisioning),
            ("INACTIVE", Code::Inactive),
            ("EXPIRED", Code::Expired),
            ("FAILED", Code::Failed),
            ("SUSPENDED", Code::Suspended),
            ("FORBIDDEN", Code::Forbidden),
            ("ADDRESS_NOT_ALLOWED", Code::AddressNotAllowed),
            ("RATE_LIMITED", Code::RateLimited),
            ("LATER", Code::Unknown),
        ] {
            let refused = read(&json!({"valid": false, "code": word}));
            assert!(
                matches!(refused, Some(Decision::Refused(key)) if key.code == code),
                "{word}"
            );
        }
    }

    #[test]
    fn an_answer_that_is_no_decision_allows_nothing() {
        let known = json!({"keyId": "key_1", "name": "Shop", "environment": "default", "endpoint": "chat"});
        for (valid, code) in [
            (json!(true), json!("NOT_FOUND")),
            (json!(false), json!("VALID")),
            (json!("yes"), json!("VALID")),
            (json!(true), json!(null)),
            (json!(null), json!("VALID")),
        ] {
            let mut body = known.clone();
            body["valid"] = valid;
            body["code"] = code;
            assert_eq!(read(&body), None, "{body}");
        }
        for body in [
            json!({}),
            json!([]),
            json!("VALID"),
            json!({"valid": true, "code": "VALID"}),
        ] {
            assert_eq!(read(&body), None, "{body}");
        }
    }
}
