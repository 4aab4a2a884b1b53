//! `ANY /v1/authorize[/{*path}]`: forward-auth for nginx, Caddy, Traefik and Envoy.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use backend::verifier::{Decision, KeyFacts, Origin, Target};
use bytes::BytesMut;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use model::explain::{NO_ENDPOINT, Unmatched};
use model::problem::Problem;
use model::token;
use model::verify::Code;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Gateways;
use super::client_address::Unreadable;
use super::limits::limit_headers;
use super::problem::{ProblemResponse, answer_headers, bad_request, unavailable};

const PREFIX: &str = "/v1/authorize";

const KEY_ID: HeaderName = HeaderName::from_static("x-latchkey-key-id");
const KEY_NAME: HeaderName = HeaderName::from_static("x-latchkey-key-name");
const ENVIRONMENT: HeaderName = HeaderName::from_static("x-latchkey-environment");
const ENDPOINT: HeaderName = HeaderName::from_static("x-latchkey-endpoint");
const BIAS_PROFILE: HeaderName = HeaderName::from_static("x-latchkey-bias-profile");
const KEY_EXPIRES: HeaderName = HeaderName::from_static("x-latchkey-key-expires");
const EMPTY: HeaderValue = HeaderValue::from_static("");
/// The values of an answer usually fit into it.
const USUAL: usize = 160;
const HEADERS: usize = 14;

/// The families of headers in which a gateway passes the original method and path on.
const FAMILIES: [(HeaderName, HeaderName); 2] = [
    (
        HeaderName::from_static("x-forwarded-method"),
        HeaderName::from_static("x-forwarded-uri"),
    ),
    (
        HeaderName::from_static("x-original-method"),
        HeaderName::from_static("x-original-uri"),
    ),
];
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a header value may carry as it is: RFC 3986's unreserved characters. The rest is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) async fn authorize(State(gateways): State<Gateways>, request: Request) -> Response {
    answer(&gateways, &request).unwrap_or_else(ProblemResponse::into_response)
}

fn answer(gateways: &Gateways, request: &Request) -> Result<Response, ProblemResponse> {
    let headers = request.headers();
    let Some(token) = token(headers)? else {
        return Ok(no_key());
    };
    let target = target(request.method(), request.uri(), headers);
    let client = gateways.client(request);
    let answer = |decision: &Decision<'_>| response(decision, client.err());
    gateways
        .backend
        .verifier()
        .decide(token, target, Origin::client(client.ok()), answer)
        .map_err(unavailable)
}

fn response(decision: &Decision<'_>, unreadable: Option<Unreadable>) -> Response {
    let mut response = match (&decision.key, decision.code) {
        (Some(key), Code::Valid) => allowed(key, decision),
        _ => refused(decision, unreadable),
    };
    if let Some(limits) = &decision.limits {
        limit_headers(response.headers_mut(), limits);
    }
    response
}

/// The token of a request, from either header.
fn token(headers: &HeaderMap) -> Result<Option<&str>, ProblemResponse> {
    let mut found = None;
    for value in headers.get_all(API_KEY) {
        same(&mut found, value.to_str().map_err(|_| unreadable_key())?)?;
    }
    let alone = found.is_none();
    for value in headers.get_all(AUTHORIZATION) {
        match value.to_str() {
            Ok(text) => {
                // Beside an X-Api-Key, the API may have a use of its own for this header.
                if let Some(token) = bearer(text).filter(|token| alone || token::has_shape(token)) {
                    same(&mut found, token)?;
                }
            }
            Err(_) if alone => return Err(unreadable_key()),
            Err(_) => {}
        }
    }
    Ok(found)
}

fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Takes a token, unless there is another one.
fn same<'a>(found: &mut Option<&'a str>, token: &'a str) -> Result<(), ProblemResponse> {
    let token = token.trim();
    if token.is_empty() {
        return Ok(());
    }
    if found.is_some_and(|found| found != token) {
        return Err(bad_request("The request carries two different API keys."));
    }
    *found = Some(token);
    Ok(())
}

fn unreadable_key() -> ProblemResponse {
    bad_request("The API key is not readable text.")
}

/// What the original request was. Two ways of saying it, or one said twice, may come from a client who forged one.
fn target<'a>(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap) -> Target<'a> {
    let appended = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let mut found = (!appended.is_empty()).then_some((method.as_str(), appended));
    for (method, path) in FAMILIES {
        let (methods, paths) = (headers.get_all(method), headers.get_all(path));
        let mut methods = methods.iter().map(HeaderValue::to_str);
        let mut paths = paths.iter().map(HeaderValue::to_str);
        let why = match (methods.next(), paths.next(), methods.next(), paths.next()) {
            (None, None, ..) => continue,
            _ if found.is_some() => Unmatched::SaidInTwoWays,
            (_, _, Some(_), _) | (_, _, _, Some(_)) => Unmatched::SaidTwice,
            (Some(Ok(method)), Some(Ok(path)), None, None) => {
                found = Some((method, path));
                continue;
            }
            (Some(_), Some(_), ..) => Unmatched::Unreadable,
            _ => Unmatched::HalfSaid,
        };
        return Target::Ambiguous(why);
    }
    found.map_or(Target::Ambiguous(Unmatched::Unsaid), |(method, path)| Target::Request {
        method,
        path,
    })
}

/// All headers, empty where there is nothing to say: whatever a client sent under these names does not survive.
fn allowed(key: &KeyFacts<'_>, decision: &Decision<'_>) -> Response {
    // All values in one piece of memory, of which each header holds its part.
    let mut text = Text(BytesMut::with_capacity(USUAL));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    // These, those of every answer, those of limits, and hyper's own.
    headers.reserve(HEADERS);
    headers.insert(KEY_ID, text.value([key.id]));
    headers.insert(KEY_NAME, text.value(utf8_percent_encode(key.name, ENCODED)));
    headers.insert(ENVIRONMENT, text.value([key.environment]));
    headers.insert(ENDPOINT, text.value([decision.endpoint.unwrap_or_default()]));
    let profile = match key.profile {
        Some(profile) => {
            let name = utf8_percent_encode(&profile.name, ENCODED);
            text.value(name.chain(["@", &profile.version.to_string()]))
        }
        None => EMPTY,
    };
    headers.insert(BIAS_PROFILE, profile);
    let expires = key.expires_at.map_or(EMPTY, |end| text.value([&*end.rfc3339()]));
    headers.insert(KEY_EXPIRES, expires);
    answer_headers(headers);
    response
}

/// Where header values are written.
struct Text(BytesMut);

impl Text {
    fn value<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) -> HeaderValue {
        for part in parts {
            self.0.extend_from_slice(part.as_bytes());
        }
        HeaderValue::from_maybe_shared(self.0.split().freeze()).unwrap_or(EMPTY)
    }
}

fn no_key() -> Response {
    unauthorized(refusal(
        401,
        "ERR_API_KEY_MISSING",
        "Send an API key in the header Authorization: Bearer, or X-Api-Key.",
    ))
}

fn refused(decision: &Decision<'_>, unreadable: Option<Unreadable>) -> Response {
    let endpoint = decision.endpoint;
    let problem = match decision.code {
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
            match (endpoint, decision.unmatched) {
                (Some(name), _) => format!("Access to {name} endpoint is denied for this key."),
                (None, Some(why)) => why.to_string(),
                (None, None) => NO_ENDPOINT.to_owned(),
            },
        ),
        Code::AddressNotAllowed => refusal(
            403,
            "ERR_ADDRESS_NOT_ALLOWED",
            match unreadable {
                None => "This key may not be used from this address.".to_owned(),
                Some(why) => format!("{why} This key may be used from some addresses only."),
            },
        ),
        Code::RateLimited => refusal(
            429,
            "ERR_TOO_MANY_REQUESTS",
            "This key was used as often as it may be. Try again later.",
        ),
        Code::Valid | Code::NotFound => refusal(401, "ERR_INVALID_KEY", "There is no such API key."),
    };
    let problem = problem.with_endpoint(endpoint);
    if problem.status == 401 {
        unauthorized(problem)
    } else {
        ProblemResponse(problem).into_response()
    }
}

/// Says how to do better (RFC 9110, section 11.6.1).
fn unauthorized(problem: Problem) -> Response {
    let mut response = ProblemResponse(problem).into_response();
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn refusal(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(status, code, detail)
}
