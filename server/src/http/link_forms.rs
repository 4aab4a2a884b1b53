//! The forms of one-time links: creating the owner, choosing a new password, joining. They are plain posts, with and without scripts.

use app::answer::ScreenAnswer;
use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use backend::Error;
use backend::accounts::Purpose;
use backend::error::Forbidden;
use http::StatusCode;
use http::request::Parts;
use model::form::FormErrors;
use secrecy::SecretString;
use serde::Deserialize;

use super::Console;
use super::forms::{
    admit, browser, failed, failed_answer, form_refusal, read, show_refusal, start_session, unreadable,
};
use super::guard::see_other;
use super::pages::{answer, page};
use super::previous_session::PreviousSession;

/// The form by which an invited person joins.
#[derive(Deserialize)]
struct Join {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
}

/// The form that creates the owner or sets a new password. A missing field is empty.
#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

/// `GET /setup` and `GET /reset`: a link that no longer works shows no form. Opening a link does not use it up.
pub(super) async fn open_link(State(console): State<Console>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let secret = link_secret(&parts);
    let purpose = if parts.uri.path().starts_with("/setup") {
        Purpose::Setup
    } else {
        Purpose::Reset
    };
    if purpose == Purpose::Setup && secret.is_empty() {
        // The page says where to find the link.
        return page(State(console), Request::from_parts(parts, body)).await;
    }
    match console.services.accounts.link_is_good(purpose, &secret).await {
        Ok(true) => page(State(console), Request::from_parts(parts, body)).await,
        Ok(false) => answer(&console, parts, ScreenAnswer::BadLink, StatusCode::GONE).await,
        Err(error) => failed_answer(&error),
    }
}

/// `POST /invite?link=…`
pub(super) async fn join(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Join>(&body) else {
        return unreadable();
    };
    if caller.who.is_some() {
        return see_other("/");
    }
    let link = link_secret(&parts);
    let browser = browser(&parts, caller);
    match console
        .services
        .accounts
        .accept_invitation(&link, &form.name, form.password, browser)
        .await
    {
        Ok(session) => start_session(&console, &parts, &session),
        Err(error) => {
            let page = |errors| ScreenAnswer::Join {
                name: form.name,
                errors,
            };
            refuse_link(&console, parts, &error, page).await
        }
    }
}

/// `POST /setup?link=…`
pub(super) async fn set_up(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Credentials>(&body) else {
        return unreadable();
    };
    if console.services.accounts.has_any().await.unwrap_or(false) {
        return see_other("/login");
    }
    let link = link_secret(&parts);
    let browser = browser(&parts, caller);
    match console
        .services
        .accounts
        .set_up(&link, &form.email, form.password, browser)
        .await
    {
        Ok(session) => start_session(&console, &parts, &session),
        Err(error) => {
            let page = |errors| ScreenAnswer::Setup {
                email: form.email,
                errors,
            };
            refuse_link(&console, parts, &error, page).await
        }
    }
}

/// `POST /reset?link=…`
pub(super) async fn reset(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Credentials>(&body) else {
        return unreadable();
    };
    let link = link_secret(&parts);
    let previous_session = PreviousSession::of_request(&console, &parts.headers, &caller);
    let browser = browser(&parts, caller);
    match console
        .services
        .accounts
        .reset_password(&link, form.password, browser)
        .await
    {
        Ok(admission) => admit(&console, &parts, previous_session, &admission).await,
        Err(error) => refuse_link(&console, parts, &error, |errors| ScreenAnswer::Reset { errors }).await,
    }
}

/// The page that says why the form of a link was refused.
async fn refuse_link(
    console: &Console,
    parts: Parts,
    error: &Error,
    page: impl FnOnce(FormErrors) -> ScreenAnswer,
) -> Response {
    let (status, errors) = match error {
        Error::Forbidden(Forbidden::SpentLink) => {
            return answer(console, parts, ScreenAnswer::BadLink, StatusCode::FORBIDDEN).await;
        }
        Error::Invalid(_) => form_refusal(error),
        cause => {
            let (status, text) = failed(cause);
            (status, FormErrors::whole(text))
        }
    };
    show_refusal(console, parts, error, page(errors), status).await
}

/// The link's secret, from the query of its URL.
fn link_secret(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default();
    let pairs = serde_html_form::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    pairs
        .into_iter()
        .find(|(name, _)| name == "link")
        .map(|(_, value)| value)
        .unwrap_or_default()
}
