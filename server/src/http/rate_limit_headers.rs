//! The headers about rate limits: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers), and, if a limit
//! refused the request, `Retry-After` (RFC 9110, section 10.2.3).

use std::fmt::Write as _;

use backend::verifier::RateLimitState;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::time::SECOND;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Inserts the headers. Their parameters are: `q` requests allowed in `w` seconds, `r` of them remaining, `t` seconds until
/// all are available again. A limit that the keys of a customer share has a name such as `customer-minute`.
pub(super) fn insert_rate_limit_headers(headers: &mut HeaderMap, state: &RateLimitState) {
    let (mut policy, mut limit) = (String::new(), String::new());
    let own = state.windows().map(|window| ("", window));
    let shared = state.customer_windows().map(|window| ("customer-", window));
    for (whose, window) in own.chain(shared) {
        let separator = if policy.is_empty() { "" } else { ", " };
        let name = window.window.as_str();
        let length = window.window.length() / SECOND;
        // Writing to a string cannot fail.
        let _ = write!(policy, "{separator}\"{whose}{name}\";q={};w={length}", window.limit);
        let _ = write!(
            limit,
            "{separator}\"{whose}{name}\";r={};t={}",
            window.remaining, window.reset
        );
    }
    for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
    if let Some(seconds) = state.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}
