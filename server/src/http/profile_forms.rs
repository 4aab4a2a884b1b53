//! The forms of bias profiles. Browsers without scripts and the scripts of a page send equal bodies. A browser gets a page, and the
//! scripts get JSON, see [`super::scripts`].

use app::answer::{Late, ScreenAnswer};
use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use backend::Error;
use backend::audit::Actor;
use http::StatusCode;
use http::request::Parts;
use model::form::FormErrors;
use model::id::ProfileId;
use model::profile_fill::Fill;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::Permission;

use super::forms::{form_refusal, read, refuse_question, without_screen};
use super::guard::{see_other, to_login};
use super::key_forms::{own_page, person, signed_out};
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
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    if let Some(fill) = Fill::parse(&form.fill) {
        return filled(&console, &actor, parts, form, fill).await;
    }
    let outcome = console.services.profiles.create(&actor, &form).await;
    saved(&console, parts, form, outcome).await
}

/// `POST /profiles/{id}/edit`
pub(super) async fn edit(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<ProfileForm>(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    if let Some(fill) = Fill::parse(&form.fill) {
        return filled(&console, &actor, parts, form, fill).await;
    }
    let outcome = console.services.profiles.edit(&actor, &id, &form).await;
    saved(&console, parts, form, outcome).await
}

/// `POST /profiles/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ProfileId>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    match console.services.profiles.delete(&actor, &id).await {
        Ok(_) => see_other("/profiles"),
        Err(error) => refuse_question(&console, parts, &error, |error| ScreenAnswer::Delete { error }).await,
    }
}

/// The answer to a button that fills in the form, for browsers without scripts: the form again. Nothing is saved.
async fn filled(console: &Console, actor: &Actor, parts: Parts, form: ProfileForm, fill: Fill) -> Response {
    if let Err(error) = actor.require(Permission::ChangeProfiles) {
        let (status, errors) = form_refusal(&error);
        let form = Late::from(&form);
        return answer(console, parts, ScreenAnswer::Profile { form, errors }, status).await;
    }
    let (status, form, errors) = match fill.read(&form.all_threshold, &form.all_action) {
        Ok(filling) => (StatusCode::OK, form.filled(filling), FormErrors::default()),
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, form, errors),
    };
    let form = Late::from(&form);
    answer(console, parts, ScreenAnswer::Profile { form, errors }, status).await
}

/// The answer to a sent form: the screen of the profile, or the form with the reason why it was not saved.
async fn saved(
    console: &Console,
    parts: Parts,
    mut form: ProfileForm,
    outcome: Result<ProfileOutcome, Error>,
) -> Response {
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::outcome(outcome);
    }
    let (status, errors) = match outcome {
        Ok(ProfileOutcome::Saved { id, .. }) => return see_other(&format!("/profiles/{id}")),
        Ok(ProfileOutcome::Changed(newer)) => {
            form.version = newer.version.to_string();
            (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::whole(newer.message()))
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            form_refusal(&error)
        }
    };
    let form = Late::from(&form);
    answer(console, parts, ScreenAnswer::Profile { form, errors }, status).await
}
