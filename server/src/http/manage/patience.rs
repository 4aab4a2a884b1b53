//! How long a request may take. While it is known that the database is away, it is refused sooner.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use backend::error::Outage;
use http::Method;

use super::Manage;
use super::problem::Problem;
use crate::http::REQUEST_TIMEOUT;
use crate::http::outage::{CHANGE_PATIENCE, READ_PATIENCE, database_stays_away};

pub(super) async fn patience(State(manage): State<Manage>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let (patience, given_up) = if reads {
        (READ_PATIENCE, Outage::Unreachable)
    } else {
        (CHANGE_PATIENCE, Outage::OutcomeUnknown)
    };
    let given_up = || Problem::unavailable(given_up.to_string(), Outage::RETRY_AFTER).into_response();
    tokio::select! {
        response = next.run(request) => response,
        () = database_stays_away(&manage.console, patience) => given_up(),
        () = tokio::time::sleep(REQUEST_TIMEOUT) => given_up(),
    }
}
