//! `POST /v1/keys/verify`: may this key call this endpoint?

use std::net::IpAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::extract::{self, State};
use axum::response::{IntoResponse as _, Response};
use backend::verifier::{CustomerFacts, Decision, Origin, Route, Target};
use futures_util::poll;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use model::problem::Problem;
use model::verify::{Code, CustomerInAnswer, MinChange, Text, VerifyRequest, VerifyResponse};

use super::VerifierState;
use super::arrival::Arrival;
use super::counted_answer::CountedAnswer;
use super::manage::verifier::{VerifierProblem, VerifyAnswer, VerifyBody};
use super::problem::{
    Answer, ProblemResponse, bad_request, behind, insert_answer_headers, method_not_allowed, unavailable,
};
use super::rate_limit_headers::insert_rate_limit_headers;

/// The largest body, in bytes.
const MAX_BODY_SIZE: usize = 16 * 1024;
/// How long the body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Capacity for the body of an answer, in bytes. An answer without a bias profile fits into it.
const BODY_CAPACITY: usize = 384;
/// Capacity for the headers of an answer.
const HEADER_CAPACITY: usize = 8;

/// May this key call this endpoint?
///
/// Answers 200 to every well-formed request; `valid` and `code` are the decision.
#[utoipa::path(
    post,
    path = "/v1/keys/verify",
    operation_id = "verifyKey",
    tag = "Verifier",
    security(()),
    request_body = VerifyBody,
    responses(
        (
            status = 200,
            description = "The decision",
            body = VerifyAnswer,
            headers(
                ("RateLimit" = String, description = "What is left of the key's limits, where it has any"),
                ("RateLimit-Policy" = String, description = "The key's limits, where it has any"),
                ("Retry-After" = u64, description = "Seconds until the key may be used again, where a limit refused it"),
            ),
        ),
        (status = 400, description = "`ERR_BAD_REQUEST`: the request is malformed", body = VerifierProblem, content_type = "application/problem+json"),
        (status = 408, description = "`ERR_TIMEOUT`: the body did not arrive in time", body = VerifierProblem, content_type = "application/problem+json"),
        (status = 413, description = "`ERR_TOO_LARGE`: the body is larger than 16 KiB", body = VerifierProblem, content_type = "application/problem+json"),
        (
            status = 503,
            description = "`ERR_UNAVAILABLE`: this node has not heard from its database for too long. `ERR_BEHIND`: it has not \
                           applied `minChange` yet",
            body = VerifierProblem,
            content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds after which to try again")),
        ),
    )
)]
pub(super) async fn route(State(state): State<VerifierState>, request: extract::Request) -> Response {
    let arrival = Arrival::of(&request);
    verify(&state, arrival, request).await.into_response()
}

pub(super) async fn verify<B>(state: &VerifierState, arrival: Option<Arrival>, request: Request<B>) -> Answer
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    let mut count = CountedAnswer::begin(Route::Verify, arrival);
    let response = respond(state, arrival, request, &mut count).await;
    count.finish(state, &response);
    response
}

async fn respond<B>(
    state: &VerifierState,
    arrival: Option<Arrival>,
    request: Request<B>,
    count: &mut CountedAnswer,
) -> Answer
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    if request.method() != Method::POST {
        return method_not_allowed().into();
    }
    // If the request names no client, the address of the caller is recorded as the address of the last use.
    let caller = state.client_address(arrival, request.headers()).ok();
    match read_body(request.into_body()).await {
        Ok(body) => answer(state, caller, &body, count).await.unwrap_or_else(Answer::from),
        Err(problem) => {
            let mut response = Answer::from(problem);
            // The server does not wait for the rest of the body, so the connection cannot be used again.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

async fn read_body(body: impl HttpBody<Data = Bytes, Error: Into<BoxError>>) -> Result<Bytes, ProblemResponse> {
    let mut collecting = pin!(collect(Limited::new(body, MAX_BODY_SIZE)));
    // The body nearly always comes together with the head. In that case no timer is needed.
    let collected = match poll!(collecting.as_mut()) {
        Poll::Ready(collected) => Ok(collected),
        Poll::Pending => tokio::time::timeout(BODY_TIMEOUT, collecting).await,
    };
    match collected {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ProblemResponse(Problem::new(
            413,
            "ERR_TOO_LARGE",
            "The request is larger than 16 KiB.",
        ))),
        Ok(Err(_)) => Err(bad_request("The request could not be read.")),
        Err(_) => Err(ProblemResponse(Problem::new(
            408,
            "ERR_TIMEOUT",
            "The request did not arrive within 10 seconds.",
        ))),
    }
}

/// Collects the whole body. A body that comes in a single piece is not copied.
async fn collect(body: Limited<impl HttpBody<Data = Bytes, Error: Into<BoxError>>>) -> Result<Bytes, BoxError> {
    let mut body = pin!(body);
    let first = match body.frame().await {
        None => return Ok(Bytes::new()),
        Some(frame) => frame?.into_data().unwrap_or_default(),
    };
    if body.is_end_stream() {
        return Ok(first);
    }
    let rest = body.collect().await?.to_bytes();
    Ok(if rest.is_empty() {
        first
    } else {
        [first, rest].concat().into()
    })
}

async fn answer(
    state: &VerifierState,
    caller: Option<IpAddr>,
    body: &[u8],
    count: &mut CountedAnswer,
) -> Result<Answer, ProblemResponse> {
    // The parser's own message is not passed on, since it could repeat a part of the key.
    let request: VerifyRequest<'_> = serde_json::from_slice(body).map_err(|error| {
        bad_request(format!(
            "The body is not valid JSON for this request (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })?;
    let target = target(&request)?;
    let client = match &request.ip {
        Some(ip) => Some(
            ip.as_str()
                .parse()
                .map_err(|_| bad_request("“ip” is not an IP address."))?,
        ),
        None => None,
    };
    if let Some(MinChange(change)) = request.min_change {
        state.services.verifier().ready().map_err(unavailable)?;
        state.services.cluster.wait_for_change(change).await.map_err(behind)?;
    }
    let from = Origin {
        // The caller is a service, not the client. Allowed addresses are compared only with the address that the request names.
        client,
        noted: client.or(caller),
    };
    let answer = |decision: &Decision<'_>| {
        count.decision = Some(decision.code);
        response(decision)
    };
    state
        .services
        .verifier()
        .decide(&request.key, target, from, answer)
        .map_err(unavailable)
}

fn target<'a>(request: &'a VerifyRequest<'_>) -> Result<Target<'a>, ProblemResponse> {
    let text = |field: &'a Option<Text<'_>>| field.as_ref().map(Text::as_str);
    match (text(&request.endpoint), text(&request.method), text(&request.path)) {
        (Some(name), None, None) if !name.is_empty() => Ok(Target::Endpoint(name)),
        (None, Some(method), Some(path)) if !method.is_empty() && !path.is_empty() => {
            Ok(Target::Request { method, path })
        }
        _ => Err(bad_request(
            "Say what the key is used for: either “endpoint”, or “method” and “path”.",
        )),
    }
}

fn customer(facts: CustomerFacts<'_>) -> CustomerInAnswer<'_> {
    let CustomerFacts {
        id,
        external_id,
        name,
        metadata,
    } = facts;
    CustomerInAnswer {
        id,
        external_id,
        name,
        metadata,
    }
}

fn response(decision: &Decision<'_>) -> Answer {
    let key = decision.key.as_ref();
    let answer = VerifyResponse {
        valid: decision.code == Code::Valid,
        code: decision.code,
        key_id: key.map(|key| key.id),
        name: key.map(|key| key.name),
        environment: key.map(|key| key.environment),
        endpoint: decision.endpoint,
        expires_at: key.and_then(|key| key.expires_at),
        bias_profile: key.and_then(|key| key.profile),
        customer: key.and_then(|key| key.customer).map(customer),
        metadata: key.and_then(|key| key.metadata),
    };
    let mut body = Vec::with_capacity(BODY_CAPACITY);
    let mut response = match serde_json::to_writer(&mut body, &answer) {
        Ok(()) => Answer::new(body.into()),
        Err(error) => {
            tracing::error!(%error, "cannot write an answer");
            let mut failed = Answer::new(Full::default());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return failed;
        }
    };
    let headers = response.headers_mut();
    headers.reserve(HEADER_CAPACITY);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert_answer_headers(headers);
    if let Some(limits) = &decision.limits {
        insert_rate_limit_headers(headers, limits);
    }
    response
}
