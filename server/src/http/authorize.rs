//! `ANY /v1/authorize[/{*path}]`: forward-auth for nginx, Caddy, Traefik and Envoy.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Response};
use backend::Backend;
use backend::verifier::{Decision, Known, Target};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use model::problem::Problem;
use model::verify::Code;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Gateways;
use super::caller::client_ip;
use super::problem::{ProblemResponse, bad_request, unavailable};

const PREFIX: &str = "/v1/authorize";

/// The families of headers in which a gateway passes the original method and path on.
const FAMILIES: [(&str, &str); 2] = [
    ("x-forwarded-method", "x-forwarded-uri"),
    ("x-original-method", "x-original-uri"),
];

/// What a header value may carry as it is: RFC 3986's unreserved characters. The rest is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) async fn authorize(
    State(Gateways {
        backend,
        trusted_proxies,
    }): State<Gateways>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let from = client_ip(peer, &headers, &trusted_proxies);
    match answer(&backend, from, &method, &uri, &headers) {
        Ok(headers) => (StatusCode::OK, headers).into_response(),
        Err(problem) => {
            let unauthorized = problem.0.status == 401;
            let mut response = problem.into_response();
            if unauthorized {
                response
                    .headers_mut()
                    .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
    }
}

fn answer(
    backend: &Backend,
    from: Option<IpAddr>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<[(HeaderName, HeaderValue); 6], ProblemResponse> {
    let token = token(headers)?.ok_or_else(|| {
        refusal(
            401,
            "ERR_API_KEY_MISSING",
            "Send an API key in the header Authorization: Bearer, or X-Api-Key.",
        )
    })?;
    let target = target(method, uri, headers);
    let decision = backend.verifier().decide(token, target, from).map_err(unavailable)?;
    match (&decision.key, decision.code) {
        (Some(key), Code::Valid) => Ok(allowed(key, &decision)),
        _ => Err(refused(&decision)),
    }
}

/// The token of a request, from either header.
fn token(headers: &HeaderMap) -> Result<Option<&str>, ProblemResponse> {
    let unreadable = || bad_request("The API key is not readable text.");
    let mut found = None;
    let bearers = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let text = value.to_str().map_err(|_| unreadable())?;
        Ok(text
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token))
    });
    let plain = headers
        .get_all("x-api-key")
        .iter()
        .map(|value| value.to_str().map(Some).map_err(|_| unreadable()));
    for token in bearers.chain(plain) {
        let Some(token) = token?.map(str::trim).filter(|token| !token.is_empty()) else {
            continue;
        };
        if found.is_some_and(|found| found != token) {
            return Err(bad_request("The request carries two different API keys."));
        }
        found = Some(token);
    }
    Ok(found)
}

/// What the original request was. Two ways of saying it, or one said twice, may come from a client who forged one.
fn target<'a>(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap) -> Target<'a> {
    let appended = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let mut found = (!appended.is_empty()).then_some((method.as_str(), appended));
    for (method, path) in FAMILIES {
        let (methods, paths) = (headers.get_all(method), headers.get_all(path));
        let mut methods = methods.iter().map(HeaderValue::to_str);
        let mut paths = paths.iter().map(HeaderValue::to_str);
        match (methods.next(), paths.next(), methods.next(), paths.next()) {
            (None, None, ..) => {}
            (Some(Ok(method)), Some(Ok(path)), None, None) if found.is_none() => found = Some((method, path)),
            _ => return Target::Ambiguous,
        }
    }
    found.map_or(Target::Ambiguous, |(method, path)| Target::Request { method, path })
}

/// All headers, empty where there is nothing to say: whatever a client sent under these names does not survive.
fn allowed(key: &Known, decision: &Decision) -> [(HeaderName, HeaderValue); 6] {
    let endpoint = decision.endpoint_name().unwrap_or_default();
    let profile = decision.profile.as_ref().map(|profile| {
        let name = utf8_percent_encode(&profile.name, ENCODED);
        format!("{name}@{}", profile.version)
    });
    let expires = key.expires_at.map(model::time::Timestamp::rfc3339).unwrap_or_default();
    [
        ("x-latchkey-key-id", value(key.id.as_str())),
        (
            "x-latchkey-key-name",
            value(&utf8_percent_encode(&key.name, ENCODED).to_string()),
        ),
        (
            "x-latchkey-environment",
            value(decision.environment.as_deref().unwrap_or_default()),
        ),
        ("x-latchkey-endpoint", value(endpoint)),
        ("x-latchkey-bias-profile", value(&profile.unwrap_or_default())),
        ("x-latchkey-key-expires", value(&expires)),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value))
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn refused(decision: &Decision) -> ProblemResponse {
    let endpoint = decision.endpoint_name();
    let ProblemResponse(problem) = match decision.code {
        Code::Provisioning => refusal(
            401,
            "ERR_KEY_PROVISIONING",
            "This key is being provisioned. Try again shortly.",
        ),
        Code::Inactive => refusal(401, "ERR_KEY_INACTIVE", "This key is disabled."),
        Code::Expired => refusal(401, "ERR_KEY_EXPIRED", "This key has reached its end date."),
        Code::Failed => refusal(
            401,
            "ERR_KEY_FAILED",
            "This key failed to provision and will never work.",
        ),
        Code::Forbidden => refusal(
            403,
            "ERR_NO_PERMISSION",
            match endpoint {
                Some(name) => format!("Access to {name} endpoint is denied for this key."),
                None => "Access is denied: the request belongs to no endpoint.".to_owned(),
            },
        ),
        Code::Valid | Code::NotFound => refusal(401, "ERR_INVALID_KEY", "There is no such API key."),
    };
    ProblemResponse(problem.with_endpoint(endpoint))
}

fn refusal(status: u16, code: &'static str, detail: impl Into<String>) -> ProblemResponse {
    ProblemResponse(Problem::new(status, code, detail))
}
