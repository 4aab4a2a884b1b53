//! The forms of the key dialogs. Browsers without scripts and the scripts of a page send equal bodies. A browser gets a page, and
//! the scripts get JSON, see [`super::scripts`].

use std::time::Duration;

use app::AppError;
use app::answer::{Answer, EditAnswer};
use app::error::status_of;
use app::server_fns::context::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use backend::Error;
use backend::accounts::LoggedIn;
use backend::audit::Actor;
use backend::error::NotFound;
use http::StatusCode;
use http::request::Parts;
use model::edit_form::EditOutcome;
use model::form::FormErrors;
use model::id::KeyId;
use model::key::CreateOutcome;
use model::role::Permission;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use serde::Deserialize;

use super::Console;
use super::forms::{failed, read, read_values, unreadable};
use super::guard::{see_other, to_login};
use super::pages::answer;
use super::scripts;

/// How long the page without scripts waits for a new key to become ACTIVE.
const PROVISIONING_WAIT: Duration = Duration::from_secs(2);

/// `POST /keys/new`: the answer is the page that shows the token, once.
pub(super) async fn create(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let by_scripts = scripts::sent_by_scripts(&parts.headers);
    let Some(form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((who, actor)) = person(caller) else {
        if by_scripts {
            return scripts::refused(StatusCode::UNAUTHORIZED, AppError::SignedOut);
        }
        return answer(&console, parts, Answer::SignedOut(form), StatusCode::UNAUTHORIZED).await;
    };
    if !who.me.role.may(Permission::CreateKeys) {
        if by_scripts {
            let sentence = who.me.role.may_not(Permission::CreateKeys);
            return scripts::refused(StatusCode::FORBIDDEN, AppError::Forbidden(sentence));
        }
        // The screen of the form itself says that this role may not create keys.
        return answer(&console, parts, Answer::None, StatusCode::FORBIDDEN).await;
    }
    let sent = form.clone();
    let outcome = console.services.keys.create(&actor, form).await;
    if by_scripts {
        return scripts::outcome(outcome);
    }
    let (status, outcome) = match outcome {
        Ok(CreateOutcome::Created(mut key)) => {
            // Without scripts the page cannot follow the progress. If reading it fails, the page shows the first state.
            if let Ok(progress) = console.services.keys.settle(&actor, &key.id, PROVISIONING_WAIT).await {
                key.progress = progress;
            }
            (StatusCode::OK, CreateOutcome::Created(key))
        }
        Ok(outcome @ CreateOutcome::Invalid(..)) => (StatusCode::UNPROCESSABLE_ENTITY, outcome),
        Ok(outcome @ CreateOutcome::AlreadyCreated { .. }) => (StatusCode::CONFLICT, outcome),
        Err(error) => {
            let (status, text) = refusal(&error);
            (status, CreateOutcome::Invalid(sent, FormErrors::whole(text)))
        }
    };
    answer(&console, parts, Answer::Create(outcome), status).await
}

/// `POST /keys/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    let outcome = match KeyId::parse(&id) {
        Some(id) => console.services.keys.delete(&actor, &id).await,
        None => Err(no_such_key()),
    };
    match outcome {
        Ok(_) => see_other(&back_to_list(&parts)),
        Err(error) => {
            let (status, error) = refusal(&error);
            answer(&console, parts, Answer::Delete { error }, status).await
        }
    }
}

/// `POST /keys/{id}/disable`
pub(super) async fn disable(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    toggle(&console, caller, &id, &parts, false).await
}

/// `POST /keys/{id}/enable`
pub(super) async fn enable(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    toggle(&console, caller, &id, &parts, true).await
}

async fn toggle(console: &Console, caller: Caller, id: &str, parts: &Parts, enable: bool) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(console, &back(parts, id));
    };
    let outcome = match KeyId::parse(id) {
        Some(id) if enable => console.services.keys.enable(&actor, &id).await,
        Some(id) => console.services.keys.disable(&actor, &id).await,
        None => Err(no_such_key()),
    };
    match outcome {
        Ok(_) => see_other(&back(parts, id)),
        Err(error) => refused_over_list(console, parts, &error).await,
    }
}

/// `POST /keys/{id}/edit`
pub(super) async fn edit(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let by_scripts = scripts::sent_by_scripts(&parts.headers);
    let Some(form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        if by_scripts {
            return scripts::refused(StatusCode::UNAUTHORIZED, AppError::SignedOut);
        }
        return to_login(&console, own_page(&parts));
    };
    let sent = form.clone();
    let outcome = match KeyId::parse(&id) {
        Some(id) => console.services.keys.edit(&actor, &id, form).await,
        None => Err(no_such_key()),
    };
    if by_scripts {
        return scripts::outcome(outcome);
    }
    let (status, form, errors, changed) = match outcome {
        Ok(EditOutcome::Saved { .. }) => return see_other(&back(&parts, &id)),
        Ok(EditOutcome::Invalid(form, errors)) => (StatusCode::UNPROCESSABLE_ENTITY, form, errors, Vec::new()),
        Ok(EditOutcome::Changed(form, changed)) => (StatusCode::CONFLICT, form, FormErrors::default(), changed),
        Err(error) => {
            let (status, text) = refusal(&error);
            (status, sent, FormErrors::whole(text), Vec::new())
        }
    };
    let page = Answer::Edit(EditAnswer { form, errors, changed });
    answer(&console, parts, page, status).await
}

/// `POST /keys/{id}/rotate`: the answer is the page that shows the token, once.
pub(super) async fn rotate(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let by_scripts = scripts::sent_by_scripts(&parts.headers);
    let Some(form) = read::<RotateKeyForm>(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        if by_scripts {
            return scripts::refused(StatusCode::UNAUTHORIZED, AppError::SignedOut);
        }
        return to_login(&console, own_page(&parts));
    };
    let sent = form.clone();
    let outcome = match KeyId::parse(&id) {
        Some(id) => console.services.keys.rotate(&actor, &id, form).await,
        None => Err(no_such_key()),
    };
    if by_scripts {
        return scripts::outcome(outcome);
    }
    let (status, outcome) = match outcome {
        Ok(RotateOutcome::Rotated(mut key)) => {
            if let Ok(progress) = console.services.keys.settle(&actor, &key.id, PROVISIONING_WAIT).await {
                key.progress = progress;
            }
            (StatusCode::OK, RotateOutcome::Rotated(key))
        }
        Ok(outcome @ RotateOutcome::Invalid(..)) => (StatusCode::UNPROCESSABLE_ENTITY, outcome),
        Ok(outcome @ RotateOutcome::AlreadyRotated(_)) => (StatusCode::CONFLICT, outcome),
        Err(error) => {
            let (status, text) = refusal(&error);
            (status, RotateOutcome::Invalid(Box::new(sent), FormErrors::whole(text)))
        }
    };
    answer(&console, parts, Answer::Rotate(outcome), status).await
}

/// The old token to end.
#[derive(Deserialize)]
struct OldTokenForm {
    #[serde(default)]
    token: String,
}

/// `POST /keys/{id}/end-old-token`
pub(super) async fn end_old_token(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<OldTokenForm>(&body) else {
        return unreadable();
    };
    let Some((_, actor)) = person(caller) else {
        return to_login(
            &console,
            &with_list(&key_screen(&id), parts.uri.query().unwrap_or_default()),
        );
    };
    let outcome = match KeyId::parse(&id) {
        Some(id) => {
            let ended = console.services.keys.end_old_token(&actor, &id, &form.token).await;
            ended.map(|()| id)
        }
        None => Err(no_such_key()),
    };
    match outcome {
        Ok(id) => see_other(&with_list(
            &format!("/keys/{id}"),
            parts.uri.query().unwrap_or_default(),
        )),
        Err(error) => refused_over_list(&console, &parts, &error).await,
    }
}

/// Shows the list with the reason why a form without a page of its own was refused.
async fn refused_over_list(console: &Console, parts: &Parts, error: &Error) -> Response {
    let (status, error) = refusal(error);
    let mut parts = parts.clone();
    parts.uri = back_to_list(&parts).parse().unwrap_or_default();
    answer(console, parts, Answer::Refused { error }, status).await
}

pub(super) fn person(caller: Caller) -> Option<(LoggedIn, Actor)> {
    let who = caller.who?;
    let actor = who.actor(Some(caller.address));
    Some((who, actor))
}

/// The path of the page with the form. A form is sent to the URL of its own page.
pub(super) fn own_page(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |address| address.as_str())
}

/// The path of the screen on which the form was opened: the list or the screen of the key. Its query holds the search and the
/// filters of the list, from the URL of the form.
fn back(parts: &Parts, id: &str) -> String {
    let query = parts.uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair == FROM_KEY) {
        return with_list(&key_screen(id), query);
    }
    back_to_list(parts)
}

/// The path of a key's screen, or of the list if the ID is malformed.
fn key_screen(id: &str) -> String {
    KeyId::parse(id).map_or_else(|| "/keys".to_owned(), |id| format!("/keys/{id}"))
}

/// The path of the list, with the search and the filters from the URL of the form.
fn back_to_list(parts: &Parts) -> String {
    with_list("/keys", parts.uri.query().unwrap_or_default())
}

/// The query parameter of a form that was opened on the key's screen.
const FROM_KEY: &str = "from=key";

/// Adds the search and the filters of the list to a path.
fn with_list(path: &str, query: &str) -> String {
    let kept: Vec<&str> = query.split('&').filter(|pair| *pair != FROM_KEY).collect();
    match kept.join("&") {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

fn no_such_key() -> Error {
    NotFound::KeyAtAddress.into()
}

pub(super) fn refusal(error: &Error) -> (StatusCode, String) {
    let status = status_of(error);
    if status.is_server_error() {
        return failed(error);
    }
    (status, error.to_string())
}
