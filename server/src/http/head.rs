//! What the head of a request has to be before anybody answers it (RFC 9112).

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, StatusCode, Version};
use model::problem::Problem;

use super::problem::{ProblemResponse, answer_headers};

/// The largest head of a request, in bytes.
pub(super) const HEAD_SIZE: usize = 64 * 1024;
/// The longest target of a request: half of a head, so that what is too long can be told from a head that is too large.
pub(super) const TARGET_SIZE: usize = 32 * 1024;

/// A head that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is not HTTP/1.1.
    Unreadable,
    /// HTTP/1.1 has exactly one (section 3.2).
    Host,
    /// The target is too long.
    Target,
    /// All of it is too large, or it has too many lines.
    Head,
}

impl Unfit {
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Unreadable | Self::Host => 400,
            Self::Target => 414,
            Self::Head => 431,
        }
    }

    pub(super) fn problem(self) -> Problem {
        let (code, detail) = match self {
            Self::Unreadable => (
                "ERR_BAD_REQUEST",
                "The head of the request is not what HTTP/1.1 (RFC 9112) makes it.",
            ),
            Self::Host => ("ERR_BAD_REQUEST", "The request needs exactly one header Host."),
            Self::Target => ("ERR_URI_TOO_LONG", "The target of the request is longer than 32 KiB."),
            Self::Head => (
                "ERR_HEADERS_TOO_LARGE",
                "The head of the request is larger than 64 KiB, or it has more than 100 headers.",
            ),
        };
        Problem::new(self.status(), code, detail)
    }
}

/// Looks at what hyper leaves to us, and answers what does not fit. The connection ends with that: what follows may be meant
/// otherwise, too.
pub(super) fn refuse<B>(request: &Request<B>) -> Option<Response> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let unfit = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() >= Version::HTTP_11 => Unfit::Host,
        (_, Some(_)) => Unfit::Host,
        _ if target_length(request) > TARGET_SIZE => Unfit::Target,
        _ => return None,
    };
    Some(refusal(unfit, request.uri().path()))
}

/// Whether the path is one of the verifier's.
pub(super) fn is_for_verifier(path: &str) -> bool {
    path.strip_prefix("/v1")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn target_length<B>(request: &Request<B>) -> usize {
    request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}

fn refusal(unfit: Unfit, path: &str) -> Response {
    let problem = unfit.problem();
    let mut response = if is_for_verifier(path) {
        ProblemResponse(problem).into_response()
    } else {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Body::from(format!("{}\n", problem.detail))).into_response();
        answer_headers(response.headers_mut());
        response
    };
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
