//! Answers to forms that the scripts of a page send. The request is that of a plain form. The answer is JSON, as for a server
//! function: the outcome, or an [`AppError`] with its status. Without scripts, the answer is a page.

use app::AppError;
use app::server_fns::context::told;
use axum::Json;
use axum::response::{IntoResponse, Response};
use backend::Error;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::forms::{self, with_retry_after};

/// Whether the scripts of a page sent this request. A browser itself accepts more types than JSON.
pub(super) fn sent_by_scripts(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept == "application/json")
}

/// The answer to a form. An outcome gets status 200 even if the form is invalid, since browsers report every status from 400 on as
/// an error in their console.
pub(super) fn outcome<T: Serialize>(outcome: Result<T, Error>) -> Response {
    match outcome {
        Ok(outcome) => Json(outcome).into_response(),
        Err(error) => {
            let (status, told) = told(&error);
            with_retry_after(refused(status, told), error.retry_after())
        }
    }
}

/// The answer with an error.
pub(super) fn refused(status: StatusCode, error: AppError) -> Response {
    (status, Json(error)).into_response()
}

/// The answer to a body that is not a valid form.
pub(super) fn unreadable(headers: &HeaderMap) -> Response {
    if !sent_by_scripts(headers) {
        return forms::unreadable();
    }
    let sentence = "The server did not understand the request. Reload the page and try again.";
    refused(StatusCode::BAD_REQUEST, AppError::Refused(sentence.to_owned()))
}
