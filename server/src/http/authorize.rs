//! `ANY /v1/authorize[/{*path}]`: forward-auth for nginx, Caddy, Traefik and Envoy.

use axum::extract::{self, State};
use axum::response::{IntoResponse as _, Response};
use backend::verifier::{Decision, KeyFacts, Origin, Route, Target};
use bytes::BytesMut;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use model::explain::Unmatched;
use model::problem::Problem;
use model::token;
use model::verify::Code;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::VerifierState;
use super::arrival::Arrival;
use super::client_address::UnknownAddress;
use super::counted_answer::CountedAnswer;
use super::manage::verifier::VerifierProblem;
use super::problem::{Answer, ProblemResponse, bad_request, insert_answer_headers, unavailable};
use super::rate_limit_headers::insert_rate_limit_headers;

const PREFIX: &str = "/v1/authorize";

const KEY_ID: HeaderName = HeaderName::from_static("x-latchkey-key-id");
const KEY_NAME: HeaderName = HeaderName::from_static("x-latchkey-key-name");
const ENVIRONMENT: HeaderName = HeaderName::from_static("x-latchkey-environment");
const ENDPOINT: HeaderName = HeaderName::from_static("x-latchkey-endpoint");
const BIAS_PROFILE: HeaderName = HeaderName::from_static("x-latchkey-bias-profile");
const KEY_EXPIRES: HeaderName = HeaderName::from_static("x-latchkey-key-expires");
const CUSTOMER: HeaderName = HeaderName::from_static("x-latchkey-customer");
const EMPTY: HeaderValue = HeaderValue::from_static("");
/// The capacity for the header values of an answer, in bytes. The values usually fit into it.
const VALUE_CAPACITY: usize = 160;
/// The capacity for the headers of an answer: those about the key, those of every answer, those of rate limits, and those of hyper.
const HEADER_CAPACITY: usize = 15;

/// The pairs of headers in which a gateway passes on the original method and path.
const ORIGINAL_REQUEST_HEADERS: [(HeaderName, HeaderName); 2] = [
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

/// The characters that are percent-encoded in a header value: all except the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// May this request pass?
///
/// Forward-auth for nginx, Caddy and Traefik. Any method is accepted. The key comes as `Authorization: Bearer …` or `X-Api-Key`.
#[utoipa::path(
    get,
    path = "/v1/authorize",
    operation_id = "authorizeRequest",
    tag = "Verifier",
    security(("apiKey" = [])),
    params(
        ("X-Api-Key" = Option<String>, Header, description = "The key, where it is not in `Authorization`"),
        ("X-Forwarded-Method" = Option<String>, Header, description = "The method of the original request", example = "POST"),
        ("X-Forwarded-Uri" = Option<String>, Header, description = "The path of the original request", example = "/api/v1/chat/completions"),
        ("X-Original-Method" = Option<String>, Header, description = "As X-Forwarded-Method; a request has one family of headers"),
        ("X-Original-URI" = Option<String>, Header, description = "As X-Forwarded-Uri"),
    ),
    responses(
        (
            status = 200,
            description = "The key may make the request. All of these headers are there, empty where there is no value",
            headers(
                ("X-Latchkey-Key-Id" = String, description = "The key ID"),
                ("X-Latchkey-Key-Name" = String, description = "The key's name, percent-encoded"),
                ("X-Latchkey-Environment" = String, description = "The environment's name, percent-encoded"),
                ("X-Latchkey-Endpoint" = String, description = "The endpoint's name"),
                ("X-Latchkey-Bias-Profile" = String, description = "The bias profile: name@version"),
                ("X-Latchkey-Key-Expires" = String, description = "When the key ends"),
                ("X-Latchkey-Customer" = String, description = "The external ID of the key's customer, percent-encoded"),
                ("RateLimit" = String, description = "What is left of the key's limits, where it has any"),
                ("RateLimit-Policy" = String, description = "The key's limits, where it has any"),
            ),
        ),
        (status = 400, description = "`ERR_BAD_REQUEST`: there are two different keys, or one is unreadable", body = VerifierProblem, content_type = "application/problem+json"),
        (
            status = 401,
            description = "`ERR_API_KEY_MISSING`, `ERR_INVALID_KEY`, `ERR_KEY_PROVISIONING`, `ERR_KEY_INACTIVE`, `ERR_KEY_EXPIRED` \
                           or `ERR_KEY_FAILED`",
            body = VerifierProblem,
            content_type = "application/problem+json",
            headers(("WWW-Authenticate" = String, description = "Where there is no key")),
        ),
        (status = 403, description = "`ERR_NO_PERMISSION`, `ERR_ADDRESS_NOT_ALLOWED` or `ERR_CUSTOMER_SUSPENDED`", body = VerifierProblem, content_type = "application/problem+json"),
        (
            status = 429,
            description = "`ERR_TOO_MANY_REQUESTS`: a limit of the key is reached",
            body = VerifierProblem,
            content_type = "application/problem+json",
            headers(
                ("Retry-After" = u64, description = "Seconds until the key may be used again"),
                ("RateLimit" = String, description = "What is left of the key's limits"),
                ("RateLimit-Policy" = String, description = "The key's limits"),
            ),
        ),
        (
            status = 503,
            description = "`ERR_UNAVAILABLE`: this node has not heard from its database for too long",
            body = VerifierProblem,
            content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds after which to try again")),
        ),
    )
)]
pub(super) async fn route(State(state): State<VerifierState>, request: extract::Request) -> Response {
    authorize(&state, Arrival::of(&request), &request).into_response()
}

/// May this request pass, whose path is appended?
///
/// As `/v1/authorize`, for Envoy, which sends the original method and appends the original path. Any method is accepted.
// The description of the API takes the other parameters and all answers from `/v1/authorize`.
#[utoipa::path(
    get,
    path = "/v1/authorize/{path}",
    operation_id = "authorizePath",
    tag = "Verifier",
    security(("apiKey" = [])),
    params(("path" = String, Path, description = "The path of the original request, with its slashes", example = "api/v1/img"))
)]
pub(super) async fn route_with_path(State(state): State<VerifierState>, request: extract::Request) -> Response {
    authorize(&state, Arrival::of(&request), &request).into_response()
}

pub(super) fn authorize<B>(state: &VerifierState, arrival: Option<Arrival>, request: &Request<B>) -> Answer {
    let mut count = CountedAnswer::begin(Route::Authorize, arrival);
    let response = answer(state, arrival, request, &mut count).unwrap_or_else(Answer::from);
    count.finish(state, &response);
    response
}

fn answer<B>(
    state: &VerifierState,
    arrival: Option<Arrival>,
    request: &Request<B>,
    count: &mut CountedAnswer,
) -> Result<Answer, ProblemResponse> {
    let headers = request.headers();
    let Some(token) = read_token(headers)? else {
        return Ok(key_missing());
    };
    let target = read_target(request.method(), request.uri(), headers);
    let client = state.client_address(arrival, headers);
    let answer = |decision: &Decision<'_>| {
        count.decision = Some(decision.code);
        response(decision, client.err())
    };
    state
        .services
        .verifier()
        .decide(token, target, Origin::client(client.ok()), answer)
        .map_err(unavailable)
}

fn response(decision: &Decision<'_>, unknown_address: Option<UnknownAddress>) -> Answer {
    let mut response = match (&decision.key, decision.code) {
        (Some(key), Code::Valid) => allowed(key, decision),
        _ => denied(decision, unknown_address),
    };
    if let Some(limits) = &decision.limits {
        insert_rate_limit_headers(response.headers_mut(), limits);
    }
    response
}

/// Reads the token of a request from either header.
fn read_token(headers: &HeaderMap) -> Result<Option<&str>, ProblemResponse> {
    let mut found = None;
    for value in headers.get_all(API_KEY) {
        set_token(&mut found, value.to_str().map_err(|_| unreadable_key())?)?;
    }
    let is_only_header = found.is_none();
    for value in headers.get_all(AUTHORIZATION) {
        match value.to_str() {
            Ok(text) => {
                // If there is an X-Api-Key header, the API may use this header for itself.
                if let Some(token) = bearer_token(text).filter(|token| is_only_header || token::has_shape(token)) {
                    set_token(&mut found, token)?;
                }
            }
            Err(_) if is_only_header => return Err(unreadable_key()),
            Err(_) => {}
        }
    }
    Ok(found)
}

fn bearer_token(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Sets the token. Fails if another token is already set.
fn set_token<'a>(found: &mut Option<&'a str>, token: &'a str) -> Result<(), ProblemResponse> {
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

/// Reads the original request. If the request describes it in two ways, or twice in one way, a client may have forged one
/// description, so the request is refused.
fn read_target<'a>(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap) -> Target<'a> {
    let appended = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let mut found = (!appended.is_empty()).then_some((method.as_str(), appended));
    for (method, path) in ORIGINAL_REQUEST_HEADERS {
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

/// The answer to an allowed request. It has all headers, including empty ones, so that a gateway replaces all headers of these
/// names that the client has sent.
fn allowed(key: &KeyFacts<'_>, decision: &Decision<'_>) -> Answer {
    // All values share one allocation, and each header holds its part of that allocation.
    let mut values = HeaderValues(BytesMut::with_capacity(VALUE_CAPACITY));
    let mut response = Answer::new(Full::default());
    let headers = response.headers_mut();
    headers.reserve(HEADER_CAPACITY);
    headers.insert(KEY_ID, values.join([key.id]));
    headers.insert(KEY_NAME, values.join(utf8_percent_encode(key.name, ENCODED)));
    headers.insert(ENVIRONMENT, values.join([key.environment]));
    headers.insert(ENDPOINT, values.join([decision.endpoint.unwrap_or_default()]));
    let profile = match key.profile {
        Some(profile) => {
            let name = utf8_percent_encode(&profile.name, ENCODED);
            values.join(name.chain(["@", &profile.version.to_string()]))
        }
        None => EMPTY,
    };
    headers.insert(BIAS_PROFILE, profile);
    let expires = key.expires_at.map_or(EMPTY, |end| values.join([&*end.rfc3339()]));
    headers.insert(KEY_EXPIRES, expires);
    let customer = key.customer.map_or(EMPTY, |customer| {
        values.join(utf8_percent_encode(customer.external_id, ENCODED))
    });
    headers.insert(CUSTOMER, customer);
    insert_answer_headers(headers);
    response
}

/// A buffer from which header values are cut.
struct HeaderValues(BytesMut);

impl HeaderValues {
    /// Joins the parts into one header value.
    fn join<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) -> HeaderValue {
        for part in parts {
            self.0.extend_from_slice(part.as_bytes());
        }
        HeaderValue::from_maybe_shared(self.0.split().freeze()).unwrap_or(EMPTY)
    }
}

fn key_missing() -> Answer {
    unauthorized(refusal(
        401,
        "ERR_API_KEY_MISSING",
        "Send an API key in the header Authorization: Bearer or X-Api-Key.",
    ))
}

fn denied(decision: &Decision<'_>, unknown_address: Option<UnknownAddress>) -> Answer {
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
        Code::Suspended => refusal(403, "ERR_CUSTOMER_SUSPENDED", "The customer of this key is suspended."),
        Code::Forbidden => Problem::no_permission(endpoint, decision.unmatched),
        Code::AddressNotAllowed => refusal(
            403,
            "ERR_ADDRESS_NOT_ALLOWED",
            match unknown_address {
                None => "This key may not be used from this address.".to_owned(),
                Some(why) => format!("{why} This key may be used from certain addresses only."),
            },
        ),
        Code::RateLimited => refusal(
            429,
            "ERR_TOO_MANY_REQUESTS",
            if decision.limits.is_some_and(|limits| limits.refused_by_customer) {
                "The keys of this customer have reached their shared rate limit. Try again later."
            } else {
                "This key has reached its rate limit. Try again later."
            },
        ),
        Code::Valid | Code::NotFound => refusal(401, "ERR_INVALID_KEY", "There is no such API key."),
    };
    let problem = problem.with_endpoint(endpoint);
    if problem.status == 401 {
        unauthorized(problem)
    } else {
        ProblemResponse(problem).into()
    }
}

/// 401 with the header that says how to authenticate (RFC 9110, section 11.6.1).
fn unauthorized(problem: Problem) -> Answer {
    let mut response = Answer::from(ProblemResponse(problem));
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn refusal(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(status, code, detail)
}
