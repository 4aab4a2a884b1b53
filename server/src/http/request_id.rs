//! The ID of a request to the console: it is in the answer's header `X-Request-Id` and in every line of the log that the request
//! causes, so that an operator finds the one by the other. Answers under `/v1` have none, since they are never logged one by one
//! and an ID would cost each of them an allocation.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use super::arrival::Arrival;
use super::client_address::is_trusted;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest ID that a proxy may give a request.
const MAX_LENGTH: usize = 64;

/// The ID of a request, in its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Makes the IDs of requests.
#[derive(Clone, Debug)]
pub(super) struct RequestIds(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Keyed at random by the standard library, so that nobody can guess an ID.
    hasher: RandomState,
    count: AtomicU64,
    trusted_proxies: Arc<[IpNet]>,
}

impl RequestIds {
    pub(super) fn new(trusted_proxies: Arc<[IpNet]>) -> Self {
        Self(Arc::new(Shared {
            hasher: RandomState::new(),
            count: AtomicU64::new(0),
            trusted_proxies,
        }))
    }

    /// The ID that a trusted proxy gave the request, or else a new one.
    fn id_of(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> RequestId {
        let from_proxy = peer.is_some_and(|peer| is_trusted(peer.to_canonical(), &self.0.trusted_proxies));
        let given = from_proxy.then(|| given(headers)).flatten();
        RequestId(given.unwrap_or_else(|| self.make()))
    }

    fn make(&self) -> HeaderValue {
        let number = self.0.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:016x}", self.0.hasher.hash_one(number));
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
    }
}

/// The ID in the header of a request, if there is exactly one and it is short and plain.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(HEADER).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let bytes = value.as_bytes();
    let accepted = (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(is_plain);
    accepted.then(|| value.clone())
}

/// The layer that gives each request its ID, and puts it into the answer.
pub(super) async fn request_id(State(ids): State<RequestIds>, mut request: Request, next: Next) -> Response {
    let id = ids.id_of(Arrival::peer_address(&request), request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, id.0);
    response
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn ids() -> RequestIds {
        RequestIds::new(["10.0.0.0/8".parse().unwrap()].into())
    }

    fn headers(values: &[&str]) -> HeaderMap {
        let values = values
            .iter()
            .map(|value| (HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        values.collect()
    }

    fn id(peer: &str, values: &[&str]) -> String {
        ids()
            .id_of(Some(peer.parse().unwrap()), &headers(values))
            .as_str()
            .to_owned()
    }

    #[test]
    fn ids_are_different_and_cannot_be_guessed() {
        let ids = ids();
        let made: HashSet<String> = (0..10_000)
            .map(|_| ids.id_of(None, &HeaderMap::new()).as_str().to_owned())
            .collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| id.len() == 16));
        assert_ne!(
            id("192.0.2.1", &[]),
            id("192.0.2.1", &[]),
            "two servers begin differently"
        );
    }

    #[test]
    fn only_a_trusted_proxy_may_give_an_id() {
        assert_eq!(id("10.1.2.3", &["abc-1_2.Z"]), "abc-1_2.Z");
        assert_ne!(id("192.0.2.1", &["abc-1_2.Z"]), "abc-1_2.Z");
        assert_ne!(ids().id_of(None, &headers(&["abc"])).as_str(), "abc");
    }

    #[test]
    fn an_id_that_could_disturb_the_log_is_replaced() {
        let longest = "x".repeat(MAX_LENGTH);
        assert_eq!(id("10.0.0.1", &[&longest]), longest);
        for values in [
            &[""][..],
            &["a b"],
            &["a\u{202e}b"],
            &["a\"b"],
            &["a", "b"],
            &[&"x".repeat(MAX_LENGTH + 1)],
        ] {
            let made = id("10.0.0.1", values);
            assert!(
                made.len() == 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{made}"
            );
        }
    }
}
