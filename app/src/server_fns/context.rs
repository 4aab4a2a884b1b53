//! The context of a server function: the person and the permissions of the request. Exists only on the server.

use std::sync::Arc;

use backend::Services;
use backend::accounts::LoggedIn;
use backend::audit::Actor;
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use model::role::Permission;

use crate::error::{AppError, status_of};
use crate::person;

/// What the HTTP layer learned about a request, for server functions and pages.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person who is logged in.
    pub who: Option<LoggedIn>,
    /// The address from which the request came.
    pub address: String,
    /// The environment that was chosen last, or empty for all environments.
    pub environment: String,
    /// The scheme and the host of the URL by which the browser reached the server.
    pub origin: String,
}

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

/// The person who sent the request, if their role has this permission.
fn person_who_may(permission: Permission) -> Result<Person, AppError> {
    let person = person()?;
    if person.who.me.role.may(permission) {
        return Ok(person);
    }
    let sentence = person.who.me.role.may_not(permission);
    Err(status(StatusCode::FORBIDDEN, AppError::Forbidden(sentence)))
}

/// The person who sent the request, if their role has this permission and they entered the password in the last 15 minutes.
pub(super) fn person_who_just_proved(permission: Permission) -> Result<Person, AppError> {
    let person = person_who_may(permission)?;
    if person.who.proved_password(services()?.now()) {
        return Ok(person);
    }
    // This is a step-up as in RFC 9470: the person must prove their identity again.
    Err(status(StatusCode::UNAUTHORIZED, AppError::PasswordNeeded))
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
        return Err(status(StatusCode::UNAUTHORIZED, AppError::SignedOut));
    };
    let shown = parts.as_ref().and_then(|parts| parts.headers.get(person::HEADER));
    if shown.is_some_and(|shown| *shown != *who.user_id.as_str()) {
        // The page belongs to another person than the session, so the request is refused.
        let code = StatusCode::from_u16(person::OTHER_PERSON).unwrap_or(StatusCode::PRECONDITION_FAILED);
        return Err(status(code, AppError::OtherPerson(who.me.email)));
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

/// Maps the backend's errors: a sentence for the person, the cause for the log.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn map(error: backend::Error) -> AppError {
    if let (Some(response), Some(seconds)) = (use_context::<ResponseOptions>(), error.retry_after()) {
        response.insert_header(RETRY_AFTER, HeaderValue::from(seconds));
    }
    let (code, told) = told(&error);
    status(code, told)
}

/// The status and the content of the answer to scripts about an error of the backend. If the server itself failed, the cause goes
/// to the log.
pub fn told(error: &backend::Error) -> (StatusCode, AppError) {
    let answer = AppError::from(error);
    if answer == AppError::Failed {
        tracing::error!(cause = %error, "a server function failed");
    }
    (status_of(error), answer)
}

fn status(status: StatusCode, error: AppError) -> AppError {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
    error
}
