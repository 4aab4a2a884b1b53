//! Answers to forms that the scripts of a page send. The request is that of a plain form. The answer is JSON, as for a server
//! function: a [`model::form::FormAnswer`], or an [`AppError`] with its status. Without scripts the answer is a page.

use app::AppError;
use app::error::{error_answer, form_answer};
use axum::Json;
use axum::response::{IntoResponse, Response};
use backend::Error;
use http::HeaderMap;
use http::header::ACCEPT;
use serde::Serialize;

use super::forms::{self, with_retry_after};

/// Whether the scripts of a page sent this request. A browser itself accepts more types than JSON.
pub(super) fn sent_by_scripts(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept == "application/json")
}

/// The answer to a form. It gets status 200 even if the form is invalid.
pub(super) fn outcome<T: Serialize>(outcome: Result<T, Error>) -> Response {
    match form_answer(outcome) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => with_retry_after(refused(error_answer(&error)), error.retry_after()),
    }
}

/// The answer with an error.
pub(super) fn refused(error: AppError) -> Response {
    (error.status(), Json(error)).into_response()
}

/// The answer to a body that is not a valid form.
pub(super) fn unreadable(headers: &HeaderMap) -> Response {
    if !sent_by_scripts(headers) {
        return forms::unreadable();
    }
    refused(AppError::not_understood())
}
