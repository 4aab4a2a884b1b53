//! `GET /changes/{change}/receipt.jws`: the receipt of a change. Errors are problem+json, since programs ask for receipts, too.

use app::caller::Caller;
use app::error::code_of;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use backend::Error;
use backend::error::NotFound;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use model::problem::Problem;
use model::role::Permission;

use super::Console;
use super::forms::{refusal, with_retry_after};
use super::guard::see_other;
use super::key_forms::person;
use super::problem::ProblemResponse;

pub(super) async fn download(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(change): Path<String>,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return see_other("/login");
    };
    if let Err(error) = actor.require(Permission::ChangeOwnKeys) {
        return problem(&error);
    }
    let Ok(change) = change.parse::<i64>() else {
        return ProblemResponse(Problem::new(
            404,
            code_of(&NotFound::Change(0).into()).as_str(),
            "The number of a change is a whole number.",
        ))
        .into_response();
    };
    let url = console.public_url.as_deref();
    match console.services.receipts.issue(&actor, change, url).await {
        Ok(jws) => file(change, jws),
        Err(error) => problem(&error),
    }
}

fn file(change: i64, jws: String) -> Response {
    let disposition = format!("attachment; filename=\"latchkey-receipt-{change}.jws\"");
    let headers: [(HeaderName, HeaderValue); 2] = [
        // RFC 7515, section 9.2.1
        (CONTENT_TYPE, HeaderValue::from_static("application/jose")),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (StatusCode::OK, headers, jws).into_response()
}

fn problem(error: &Error) -> Response {
    let (status, sentence) = refusal(error);
    let response = ProblemResponse(Problem::new(status.as_u16(), code_of(error).as_str(), sentence)).into_response();
    with_retry_after(response, error.retry_after())
}
