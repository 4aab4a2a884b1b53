//! Errors under `/v1`, and of receipts, as problem+json.

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use model::problem::Problem;

use super::security::DENY_ALL_POLICY;

/// An answer whose whole body is in memory. axum would put the body into a box, which the two requests that gateways send all the
/// time do without.
pub(super) type Answer = http::Response<Full<Bytes>>;

/// A problem as an HTTP response.
pub(super) struct ProblemResponse(pub(super) Problem);

impl From<ProblemResponse> for Answer {
    fn from(ProblemResponse(problem): ProblemResponse) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Self::new(body.into());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // A gateway may pass this answer on to a browser.
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DENY_ALL_POLICY));
        insert_answer_headers(headers);
        match status {
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
            StatusCode::METHOD_NOT_ALLOWED => headers.insert(ALLOW, HeaderValue::from_static("POST")),
            _ => None,
        };
        response
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        Answer::from(self).into_response()
    }
}

/// Inserts the headers of every answer under `/v1`: it must not be stored, and its content type must not be guessed.
pub(super) fn insert_answer_headers(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// An answer 400 with a sentence that says what is wrong.
pub(super) fn bad_request(detail: impl Into<String>) -> ProblemResponse {
    ProblemResponse(Problem::new(400, "ERR_BAD_REQUEST", detail))
}

/// An answer 503, which says that this node does not answer gateways at present.
pub(super) fn unavailable(why: backend::verifier::Unavailable) -> ProblemResponse {
    ProblemResponse(Problem::new(503, "ERR_UNAVAILABLE", why.to_string()))
}

/// An answer 503, which says that this node has not applied a change that the caller knows of.
pub(super) fn behind(why: backend::cluster::Behind) -> ProblemResponse {
    ProblemResponse(Problem::new(503, "ERR_BEHIND", why.to_string()))
}

pub(super) async fn not_found() -> ProblemResponse {
    ProblemResponse(Problem::new(404, "ERR_NOT_FOUND", "There is nothing at this path."))
}

pub(super) fn method_not_allowed() -> ProblemResponse {
    ProblemResponse(Problem::new(
        405,
        "ERR_METHOD_NOT_ALLOWED",
        "Send a POST request to this path.",
    ))
}
