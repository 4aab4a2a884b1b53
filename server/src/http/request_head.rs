//! Checks of a request's head (RFC 9112), before any handler sees the request.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, StatusCode, Version};
use model::problem::Problem;

use super::problem::{ProblemResponse, insert_answer_headers};

/// The largest head of a request, in bytes.
pub(super) const MAX_HEAD_SIZE: usize = 64 * 1024;
/// The longest target of a request, in bytes. It is half of a head, so that a target that is too long can be distinguished from a
/// head that is too large.
pub(super) const MAX_TARGET_SIZE: usize = 32 * 1024;

/// The reason why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadError {
    /// The head is not well-formed.
    Malformed,
    /// The header Host is missing, or there are several (section 3.2).
    Host,
    /// The target is too long.
    TargetTooLong,
    /// The head is too large, or it has too many headers.
    TooLarge,
}

impl HeadError {
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Host => 400,
            Self::TargetTooLong => 414,
            Self::TooLarge => 431,
        }
    }

    pub(super) fn problem(self) -> Problem {
        let (code, detail) = match self {
            Self::Malformed => (
                "ERR_BAD_REQUEST",
                "The head of the request is not well-formed HTTP/1.1 (RFC 9112).",
            ),
            Self::Host => ("ERR_BAD_REQUEST", "The request must have exactly one Host header."),
            Self::TargetTooLong => ("ERR_URI_TOO_LONG", "The target of the request is longer than 32 KiB."),
            Self::TooLarge => (
                "ERR_HEADERS_TOO_LARGE",
                "The head of the request is larger than 64 KiB, or it has more than 100 headers.",
            ),
        };
        Problem::new(self.status(), code, detail)
    }
}

/// Refuses a head that hyper accepts but that is not correct. After that the connection closes, since the following requests may be
/// misread, too.
pub(super) fn refuse_bad_head<B>(request: &Request<B>) -> Option<Response> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let error = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() >= Version::HTTP_11 => HeadError::Host,
        (_, Some(_)) => HeadError::Host,
        _ if target_length(request) > MAX_TARGET_SIZE => HeadError::TargetTooLong,
        _ => return None,
    };
    Some(refusal(error, request.uri().path()))
}

/// Whether the verifier answers at this path.
pub(super) fn is_verifier_path(path: &str) -> bool {
    path.strip_prefix("/v1")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn target_length<B>(request: &Request<B>) -> usize {
    request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}

fn refusal(error: HeadError, path: &str) -> Response {
    let problem = error.problem();
    let mut response = if is_verifier_path(path) {
        ProblemResponse(problem).into_response()
    } else {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Body::from(format!("{}\n", problem.detail))).into_response();
        insert_answer_headers(response.headers_mut());
        response
    };
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
