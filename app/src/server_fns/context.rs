//! The context of a server function: the person and the permissions of the request. Exists only on the server.

use std::sync::Arc;

use backend::Services;
use backend::accounts::LoggedIn;
use backend::audit::Actor;
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderValue, Method};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use model::form::FormAnswer;

use crate::caller::{Caller, OutageSeen};
use crate::error::{AppError, error_answer, form_answer};
use crate::person;
use crate::server_fns::reads::is_read;

/// The person who sent the request.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) who: LoggedIn,
    pub(super) actor: Actor,
    pub(super) environment: String,
    pub(super) origin: String,
}

pub(super) fn services() -> Result<Arc<Services>, AppError> {
    use_context::<Arc<Services>>().ok_or_else(|| map(backend::Error::Internal("no services in the context".to_owned())))
}

/// The person who is logged in, if the request comes from that person's page.
pub(super) fn person() -> Result<Person, AppError> {
    let parts = use_context::<Parts>();
    let caller = parts
        .as_ref()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned());
    let Some(Caller {
        who: Some(who),
        address,
        environment,
        origin,
    }) = caller
    else {
        return Err(with_status(AppError::signed_out()));
    };
    let shown = parts.as_ref().and_then(|parts| parts.headers.get(person::HEADER));
    if shown.is_some_and(|shown| *shown != *who.user_id.as_str()) {
        // The page belongs to another person than the session, so the request is refused.
        return Err(with_status(AppError::other_person(&who.me.email)));
    }
    Ok(Person {
        actor: who.actor(Some(address)),
        who,
        environment,
        origin,
    })
}

/// The environment that a request names, or the one that was chosen last, or empty for all environments. The last choice no longer
/// counts if its environment was renamed or hidden.
pub(super) async fn chosen_environment(actor: &Actor, named: Option<String>, last: String) -> Result<String, AppError> {
    if let Some(named) = named {
        return Ok(named);
    }
    if last.is_empty() {
        return Ok(last);
    }
    let shown = services()?.environments.list_selectable(actor).await.map_err(map)?;
    let there = shown.iter().any(|environment| environment.name == last);
    Ok(if there { last } else { String::new() })
}

/// The answer to a form: what came of it, or what is invalid in it.
pub(super) fn answer_form<T>(outcome: backend::Result<T>) -> Result<FormAnswer<T>, AppError> {
    form_answer(outcome).map_err(map)
}

/// Maps the backend's errors: a code and a sentence for the person, the cause for the log.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn map(error: backend::Error) -> AppError {
    if let (Some(response), Some(seconds)) = (use_context::<ResponseOptions>(), error.retry_after()) {
        response.insert_header(RETRY_AFTER, HeaderValue::from(seconds));
    }
    let mut answer = error_answer(&error);
    if let (Some(outage), Some(parts)) = (error.outage(), use_context::<Parts>()) {
        if reads(&parts) {
            answer = AppError::unreadable_database(outage);
        }
        if outage.hides_screens() {
            OutageSeen::note(&parts.extensions);
        }
    }
    with_status(answer)
}

/// Whether the request only reads: it asks for a page, or it calls a function that reads.
fn reads(parts: &Parts) -> bool {
    matches!(parts.method, Method::GET | Method::HEAD) || is_read(parts.uri.path())
}

/// Gives the answer the status of its error.
fn with_status(error: AppError) -> AppError {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(error.status());
    }
    error
}
