//! The forms of bias profiles. Browsers without scripts and the scripts of a page send equal bodies. A browser gets a page, and the
//! scripts get JSON, see [`super::scripts`].

use app::AppError;
use app::answer::Answer;
use app::server_fns::context::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use backend::Error;
use backend::error::{Forbidden, NotFound};
use http::StatusCode;
use http::request::Parts;
use model::form::FormErrors;
use model::id::ProfileId;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::{Permission, Role};

use super::forms::read;
use super::guard::{see_other, to_login};
use super::key_forms::{own_page, person, refusal};
use super::pages::answer;
use super::{Console, scripts};

/// `POST /profiles/new`
pub(super) async fn create(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<ProfileForm>(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((who, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let sent = form.clone();
    let outcome = match may_change(who.me.role) {
        Ok(()) => console.services.profiles.create(&actor, form).await,
        Err(error) => Err(error),
    };
    saved(&console, parts, sent, outcome).await
}

/// `POST /profiles/{id}/edit`
pub(super) async fn edit(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<ProfileForm>(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((who, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let sent = form.clone();
    let outcome = match (may_change(who.me.role), ProfileId::parse(&id)) {
        (Err(error), _) => Err(error),
        (Ok(()), Some(id)) => console.services.profiles.edit(&actor, &id, form).await,
        (Ok(()), None) => Err(no_such_profile()),
    };
    saved(&console, parts, sent, outcome).await
}

/// `POST /profiles/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let Some((who, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    let outcome = match (may_change(who.me.role), ProfileId::parse(&id)) {
        (Err(error), _) => Err(error),
        (Ok(()), Some(id)) => console.services.profiles.delete(&actor, &id).await,
        (Ok(()), None) => Err(no_such_profile()),
    };
    match outcome {
        Ok(_) => see_other("/profiles"),
        Err(error) => {
            let (status, error) = refusal(&error);
            answer(&console, parts, Answer::DeleteProfile { error }, status).await
        }
    }
}

async fn saved(console: &Console, parts: Parts, sent: ProfileForm, outcome: Result<ProfileOutcome, Error>) -> Response {
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::outcome(outcome);
    }
    let (status, form, errors) = match outcome {
        Ok(ProfileOutcome::Saved { id, .. }) => return see_other(&format!("/profiles/{id}")),
        Ok(ProfileOutcome::Invalid(form, errors)) => (StatusCode::UNPROCESSABLE_ENTITY, form, errors),
        Err(error) => {
            let (status, text) = refusal(&error);
            (status, Box::new(sent), FormErrors::whole(text))
        }
    };
    answer(console, parts, Answer::Profile(form, errors), status).await
}

/// The answer if the session is over: a redirect to the login, which leads back to the form.
fn signed_out(console: &Console, parts: &Parts) -> Response {
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::refused(StatusCode::UNAUTHORIZED, AppError::SignedOut);
    }
    to_login(console, own_page(parts))
}

fn may_change(role: Role) -> Result<(), Error> {
    if role.may(Permission::ChangeProfiles) {
        return Ok(());
    }
    let permission = Permission::ChangeProfiles;
    Err(Forbidden::Role { role, permission }.into())
}

fn no_such_profile() -> Error {
    NotFound::ProfileAtAddress.into()
}
