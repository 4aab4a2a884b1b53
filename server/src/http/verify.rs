//! `POST /v1/keys/verify`: may this key call this endpoint?

use std::net::IpAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use backend::verifier::{Decision, Origin, Target};
use futures_util::poll;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use model::problem::Problem;
use model::verify::{Code, Text, VerifyRequest, VerifyResponse};

use super::Gateways;
use super::limits::limit_headers;
use super::problem::{ProblemResponse, answer_headers, bad_request, method_not_allowed, unavailable};

/// The largest body, in bytes.
const LARGEST: usize = 16 * 1024;
/// How long the body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer without a profile fits into it.
const USUAL: usize = 384;
const HEADERS: usize = 8;

pub(super) async fn verify(State(gateways): State<Gateways>, request: Request) -> Response {
    if request.method() != Method::POST {
        return method_not_allowed().into_response();
    }
    // Who asks, for the record.
    let caller = gateways.client(&request).ok();
    match read(request.into_body()).await {
        Ok(body) => answer(&gateways, caller, &body).unwrap_or_else(ProblemResponse::into_response),
        Err(problem) => {
            let mut response = problem.into_response();
            // What is left of the body is not waited for.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

async fn read(body: Body) -> Result<Bytes, ProblemResponse> {
    let mut read = pin!(whole(Limited::new(body, LARGEST)));
    // Nearly always it came with the head, and no timer is needed.
    let read = match poll!(read.as_mut()) {
        Poll::Ready(read) => Ok(read),
        Poll::Pending => tokio::time::timeout(PATIENCE, read).await,
    };
    match read {
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

/// The whole body, not copied where it came in one piece.
async fn whole(mut body: Limited<Body>) -> Result<Bytes, BoxError> {
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

fn answer(gateways: &Gateways, caller: Option<IpAddr>, body: &[u8]) -> Result<Response, ProblemResponse> {
    // The parser's own message could repeat a part of the key.
    let request: VerifyRequest<'_> = serde_json::from_slice(body).map_err(|error| {
        bad_request(format!(
            "The body is not the JSON that is expected here (line {}, column {}).",
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
    let from = Origin {
        // Whoever asks is not the client: only what it says counts for allowed addresses.
        client,
        noted: client.or(caller),
    };
    gateways
        .backend
        .verifier()
        .decide(&request.key, target, from, response)
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
            "Name what is called: either “endpoint”, or “method” and “path”.",
        )),
    }
}

fn response(decision: &Decision<'_>) -> Response {
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
    };
    let mut body = Vec::with_capacity(USUAL);
    let mut response = match serde_json::to_writer(&mut body, &answer) {
        Ok(()) => Response::new(Body::from(body)),
        Err(error) => {
            tracing::error!(%error, "cannot write an answer");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer_headers(headers);
    if let Some(limits) = &decision.limits {
        limit_headers(headers, limits);
    }
    response
}
