//! A page's scripts send a form as the browser would, and are told what came of it as JSON, in the words of server
//! functions: the outcome, or an [`AppError`] with its status. Without scripts the answer is a page.

use app::AppError;
use app::server_fns::context::told;
use axum::Json;
use axum::response::{IntoResponse, Response};
use backend::Error;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::forms::{self, with_retry_after};

/// Whether a page's scripts ask. Browsers ask for pages by more than one type.
pub(super) fn ask(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept == "application/json")
}

/// What came of a form. An outcome is no error, whatever it says: browsers write every answer of 400 and above into
/// their consoles as one.
pub(super) fn outcome<T: Serialize>(outcome: Result<T, Error>) -> Response {
    match outcome {
        Ok(outcome) => Json(outcome).into_response(),
        Err(error) => {
            let (status, told) = told(&error);
            with_retry_after(refused(status, told), error.retry_after())
        }
    }
}

/// Why nothing was done.
pub(super) fn refused(status: StatusCode, error: AppError) -> Response {
    (status, Json(error)).into_response()
}

/// The body is no form that is known.
pub(super) fn unreadable(headers: &HeaderMap) -> Response {
    if !ask(headers) {
        return forms::unreadable();
    }
    let sentence = "The server did not understand the request. Reload the page and try again.";
    refused(StatusCode::BAD_REQUEST, AppError::Refused(sentence.to_owned()))
}
