//! What a service answers where a key is refused: the same as `/v1/authorize` (docs/GATEWAYS.md).

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::credentials::NoKey;
use crate::decision::{Code, RateLimits, RefusedKey};
use crate::verifier::VerifyError;

/// A refusal as problem+json (RFC 9457).
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    detail: String,
    endpoint: Option<String>,
    rate_limits: Option<RateLimits>,
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    endpoint: Option<&'a str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            endpoint: None,
            rate_limits: None,
            retry_after: None,
        }
    }

    pub(crate) fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let problem = Problem {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            endpoint: self.endpoint.as_deref(),
        };
        let body = Bytes::from(serde_json::to_vec(&problem).unwrap_or_default());
        let mut response = Response::new(B::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(limits) = &self.rate_limits {
            limits.insert_headers(headers);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<NoKey> for Refusal {
    fn from(why: NoKey) -> Self {
        match why {
            NoKey::Missing => Self::new(
                StatusCode::UNAUTHORIZED,
                "ERR_API_KEY_MISSING",
                "Send an API key in the header Authorization: Bearer or X-Api-Key.",
            ),
            NoKey::Two => bad_request("The request carries two different API keys."),
            NoKey::Unreadable => bad_request("The API key is not readable text."),
        }
    }
}

impl From<RefusedKey> for Refusal {
    fn from(key: RefusedKey) -> Self {
        let unauthorized = StatusCode::UNAUTHORIZED;
        let forbidden = StatusCode::FORBIDDEN;
        let (status, code, detail) = match key.code {
            Code::NotFound => (unauthorized, "ERR_INVALID_KEY", "There is no such API key."),
            Code::Provisioning => (
                unauthorized,
                "ERR_KEY_PROVISIONING",
                "This key is being provisioned. Try again shortly.",
            ),
            Code::Inactive => (unauthorized, "ERR_KEY_INACTIVE", "This key is disabled."),
            Code::Expired => (unauthorized, "ERR_KEY_EXPIRED", "This key has reached its end date."),
            Code::Failed => (
                unauthorized,
                "ERR_KEY_FAILED",
                "This key failed to provision and will never work.",
            ),
            Code::Suspended => (
                forbidden,
                "ERR_CUSTOMER_SUSPENDED",
                "The customer of this key is suspended.",
            ),
            Code::AddressNotAllowed => (
                forbidden,
                "ERR_ADDRESS_NOT_ALLOWED",
                "This key may not be used from this address.",
            ),
            Code::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "ERR_TOO_MANY_REQUESTS",
                "This key has reached its rate limit. Try again later.",
            ),
            Code::Forbidden | Code::Unknown => (forbidden, "ERR_NO_PERMISSION", "This key may not make this request."),
        };
        let mut refusal = Self::new(status, code, detail);
        if let (Code::Forbidden, Some(endpoint)) = (key.code, &key.endpoint) {
            refusal.detail = format!("Access to {endpoint} endpoint is denied for this key.");
        }
        refusal.endpoint = key.endpoint;
        refusal.rate_limits = key.rate_limits;
        refusal
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        let retry_after = match error {
            VerifyError::Malformed => return bad_request("The API key or the path cannot be checked."),
            VerifyError::Undecided { retry_after, .. } => retry_after,
            VerifyError::Unreachable(_) | VerifyError::TimedOut => None,
        };
        let mut refusal = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ERR_UNAVAILABLE",
            "API keys cannot be checked at present. Try again shortly.",
        );
        refusal.retry_after = Some(retry_after.unwrap_or(1));
        refusal
    }
}

fn bad_request(detail: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "ERR_BAD_REQUEST", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspended_customer_is_403_and_so_is_a_code_of_a_later_version() {
        for (code, word) in [
            (Code::Suspended, "ERR_CUSTOMER_SUSPENDED"),
            (Code::Unknown, "ERR_NO_PERMISSION"),
        ] {
            let refusal = Refusal::from(RefusedKey {
                code,
                key_id: None,
                endpoint: None,
                rate_limits: None,
            });
            let response: Response<Bytes> = refusal.into_response();
            assert_eq!(response.status(), StatusCode::FORBIDDEN);
            assert!(String::from_utf8_lossy(response.body()).contains(word));
        }
    }
}
