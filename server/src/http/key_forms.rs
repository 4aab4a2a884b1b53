//! The forms of the key dialogs. Browsers without scripts and the scripts of a page send equal bodies. A browser gets a page, and
//! the scripts get JSON, see [`super::scripts`].

use std::time::Duration;

use app::AppError;
use app::answer::{Answer, EditAnswer, Late, ScreenAnswer};
use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use backend::Error;
use backend::accounts::LoggedIn;
use backend::audit::Actor;
use http::StatusCode;
use http::request::Parts;
use model::edit_form::{ChangedMeanwhile, EditOutcome};
use model::form::FormErrors;
use model::id::KeyId;
use model::key::{CreateOutcome, CreatedKey};
use model::key_form::FORM_ID;
use model::rotate_form::{ALREADY_ROTATED, RotateKeyForm, RotateOutcome};
use serde::Deserialize;

use super::Console;
use super::forms::{form_refusal, read, read_values, refusal, refuse_question, unreadable, without_screen};
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
    let Some(mut form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        if by_scripts {
            return scripts::refused(AppError::signed_out());
        }
        return answer(
            &console,
            parts,
            Answer::SignedOut(Late::from(&form)),
            StatusCode::UNAUTHORIZED,
        )
        .await;
    };
    let outcome = console.services.keys.create(&actor, &form).await;
    if by_scripts {
        return scripts::outcome(outcome);
    }
    let (status, errors) = match outcome {
        Ok(CreateOutcome::Created(key)) => return show_token(&console, &actor, key, parts).await,
        Ok(CreateOutcome::AlreadyCreated(already)) => {
            let errors = FormErrors::whole(already.message());
            form.set(FORM_ID, already.form_id);
            (StatusCode::CONFLICT, errors)
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            form_refusal(&error)
        }
    };
    answer(&console, parts, ScreenAnswer::Create { form, errors }, status).await
}

/// The page with a new token. Without scripts it cannot follow the progress, so it waits a little for it.
async fn show_token(console: &Console, actor: &Actor, mut key: Box<CreatedKey>, parts: Parts) -> Response {
    // If reading the progress fails, the page shows the first state.
    if let Ok(progress) = console.services.keys.settle(actor, &key.id, PROVISIONING_WAIT).await {
        key.progress = progress;
    }
    answer(console, parts, Answer::Created(Late::from(&*key)), StatusCode::OK).await
}

/// `POST /keys/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<KeyId>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    match console.services.keys.delete(&actor, &id).await {
        Ok(_) => see_other(&back_to_list(&parts)),
        Err(error) => refuse_question(&console, parts, &error, |error| ScreenAnswer::Delete { error }).await,
    }
}

/// `POST /keys/{id}/disable`
pub(super) async fn disable(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<KeyId>,
    parts: Parts,
) -> Response {
    toggle(&console, caller, &id, &parts, false).await
}

/// `POST /keys/{id}/enable`
pub(super) async fn enable(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<KeyId>,
    parts: Parts,
) -> Response {
    toggle(&console, caller, &id, &parts, true).await
}

async fn toggle(console: &Console, caller: Caller, id: &KeyId, parts: &Parts, enable: bool) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(console, &back(parts, id));
    };
    let keys = &console.services.keys;
    let outcome = if enable {
        keys.enable(&actor, id).await
    } else {
        keys.disable(&actor, id).await
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
    Path(id): Path<KeyId>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let outcome = console.services.keys.edit(&actor, &id, &form).await;
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::outcome(outcome);
    }
    let (status, form, errors, changes) = match outcome {
        Ok(EditOutcome::Saved { .. }) => return see_other(&back(&parts, &id)),
        Ok(EditOutcome::Changed(ChangedMeanwhile { form, changes })) => {
            (StatusCode::CONFLICT, form, FormErrors::default(), changes)
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            let (status, errors) = form_refusal(&error);
            (status, form, errors, Vec::new())
        }
    };
    let page = ScreenAnswer::Edit(Late::from(&EditAnswer { form, errors, changes }));
    answer(&console, parts, page, status).await
}

/// `POST /keys/{id}/rotate`: the answer is the page that shows the token, once.
pub(super) async fn rotate(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<KeyId>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(mut form) = read::<RotateKeyForm>(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let outcome = console.services.keys.rotate(&actor, &id, &form).await;
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::outcome(outcome);
    }
    let (status, errors) = match outcome {
        Ok(RotateOutcome::Rotated(key)) => return show_token(&console, &actor, key, parts).await,
        Ok(RotateOutcome::AlreadyRotated { form_id }) => {
            form.form_id = form_id;
            (StatusCode::CONFLICT, FormErrors::whole(ALREADY_ROTATED))
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            form_refusal(&error)
        }
    };
    let form = Late::from(&form);
    answer(&console, parts, ScreenAnswer::Rotate { form, errors }, status).await
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
    Path(id): Path<KeyId>,
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
    match console.services.keys.end_old_token(&actor, &id, &form.token).await {
        Ok(_) => see_other(&with_list(&key_screen(&id), parts.uri.query().unwrap_or_default())),
        Err(error) => refused_over_list(&console, &parts, &error).await,
    }
}

/// Shows the list with the reason why a form without a page of its own was refused.
async fn refused_over_list(console: &Console, parts: &Parts, error: &Error) -> Response {
    if let Some(answer) = without_screen(error) {
        return answer;
    }
    let (status, error) = refusal(error);
    let mut parts = parts.clone();
    parts.uri = back_to_list(&parts).parse().unwrap_or_default();
    answer(console, parts, Answer::Refused(error), status).await
}

pub(super) fn person(caller: Caller) -> Option<(LoggedIn, Actor)> {
    let who = caller.who?;
    let actor = who.actor(Some(caller.address));
    Some((who, actor))
}

/// The session is over: the login leads back to the form.
pub(super) fn signed_out(console: &Console, parts: &Parts) -> Response {
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::refused(AppError::signed_out());
    }
    to_login(console, own_page(parts))
}

/// The path of the page with the form. A form is sent to the URL of its own page.
pub(super) fn own_page(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |address| address.as_str())
}

/// The path of the screen on which the form was opened: the list or the screen of the key. Its query holds the search and the
/// filters of the list, from the URL of the form.
fn back(parts: &Parts, id: &KeyId) -> String {
    let query = parts.uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair == FROM_KEY) {
        return with_list(&key_screen(id), query);
    }
    back_to_list(parts)
}

/// The path of a key's screen, or of the list if the ID is malformed.
fn key_screen(id: &KeyId) -> String {
    KeyId::parse(id.as_str()).map_or_else(|| "/keys".to_owned(), |id| format!("/keys/{id}"))
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
