//! The forms that let people in and out. Plain posts, with and without scripts.

use app::answer::Answer;
use app::server_fns::context::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::accounts::{Admission, Browser, LinkError, Login, LoginError, NewSession};
use http::header::{RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use model::form::FormErrors;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Console;
use super::former::Former;
use super::guard::see_other;
use super::log_limit::log_limited;
use super::pages::answer;

/// E-mail address and password; what a form lacks is empty.
#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

/// The second step's form.
#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: SecretString,
}

/// The form of who was invited.
#[derive(Deserialize)]
struct Join {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretString,
}

/// `POST /login`
pub(super) async fn log_in(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Credentials>(&body) else {
        return unreadable();
    };
    let former = Former::of(&console, &parts.headers, &caller);
    let login = Login {
        email: form.email.clone(),
        password: form.password,
        browser: browser(&parts, caller),
        device: console.cookies.device(&parts.headers),
    };
    match console.backend.log_in(login).await {
        Ok(admission) => {
            if let Admission::In(_) = admission {
                former.end().await;
            }
            admit(&console, &admission)
        }
        Err(error) => {
            let page = |error| Answer::Login {
                email: form.email,
                error,
            };
            refuse(&console, parts, &error, page).await
        }
    }
}

/// `POST /login/code`: the second step, where there is one.
pub(super) async fn enter_code(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Code>(&body) else {
        return unreadable();
    };
    let ticket = console.cookies.login(&parts.headers).unwrap_or_default();
    let former = Former::of(&console, &parts.headers, &caller);
    let browser = browser(&parts, caller);
    let typed = form.code.expose_secret();
    match console.backend.log_in_with_code(&ticket, typed, browser).await {
        Ok(session) => {
            former.end().await;
            without_ticket(&console, let_in(&console, &session))
        }
        Err(LoginError::Stale) => without_ticket(&console, see_other("/login")),
        Err(error) => refuse(&console, parts, &error, |error| Answer::Code { error }).await,
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
    let link = link(&parts);
    let browser = browser(&parts, caller);
    match console
        .backend
        .accept_invitation(&link, &form.name, form.password, browser)
        .await
    {
        Ok(session) => let_in(&console, &session),
        Err(error) => {
            let page = |errors| Answer::Join {
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
    if console.backend.has_users().await.unwrap_or(false) {
        return see_other("/login");
    }
    let link = link(&parts);
    let browser = browser(&parts, caller);
    match console.backend.set_up(&link, &form.email, form.password, browser).await {
        Ok(session) => let_in(&console, &session),
        Err(error) => {
            let page = |errors| Answer::Setup {
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
    let link = link(&parts);
    let former = Former::of(&console, &parts.headers, &caller);
    let browser = browser(&parts, caller);
    match console.backend.reset_password(&link, form.password, browser).await {
        Ok(admission) => {
            if let Admission::In(_) = admission {
                former.end().await;
            }
            admit(&console, &admission)
        }
        Err(error) => refuse_link(&console, parts, &error, |errors| Answer::Reset { errors }).await,
    }
}

/// `POST /logout`
pub(super) async fn log_out(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
) -> Response {
    if let Some(token) = console.cookies.session(&parts.headers)
        && let Err(error) = console.backend.log_out(&token, Some(caller.address)).await
    {
        let (status, text) = failed(&error);
        return (status, text).into_response();
    }
    let mut response = see_other("/login");
    response
        .headers_mut()
        .extend(console.cookies.end_session().map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// Where a right password leads: to the console, or to the code.
fn admit(console: &Console, admission: &Admission) -> Response {
    match admission {
        Admission::In(session) => let_in(console, session),
        Admission::CodeNeeded(ticket) => {
            let mut response = see_other("/login/code");
            let cookie = console.cookies.set_login(ticket.value());
            response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
            response
        }
    }
}

/// Takes back the cookie that says that there is a code to enter.
fn without_ticket(console: &Console, mut response: Response) -> Response {
    if let Some(cookie) = console.cookies.end_login() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The page that says why nobody was logged in.
async fn refuse(console: &Console, parts: Parts, error: &LoginError, page: impl FnOnce(String) -> Answer) -> Response {
    let (status, text) = match error {
        LoginError::Wrong | LoginError::WrongCode | LoginError::Stale => (StatusCode::UNAUTHORIZED, error.to_string()),
        LoginError::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        LoginError::Failed(cause) => failed(cause),
    };
    let response = answer(console, parts, page(text), status).await;
    with_retry_after(response, error.retry_after())
}

/// The page that says why a link's form was not taken.
async fn refuse_link(
    console: &Console,
    parts: Parts,
    error: &LinkError,
    page: impl FnOnce(FormErrors) -> Answer,
) -> Response {
    let (status, errors) = link_errors(error);
    let response = answer(console, parts, page(errors), status).await;
    let wait = match error {
        LinkError::Failed(cause) => cause.retry_after(),
        _ => None,
    };
    with_retry_after(response, wait)
}

/// Says after how many seconds to ask again, where that helps.
fn with_retry_after(mut response: Response, seconds: Option<i64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Where a form comes from, for the list of one's sessions.
fn browser(parts: &Parts, caller: Caller) -> Browser {
    let user_agent = parts.headers.get(USER_AGENT);
    Browser {
        address: caller.address,
        user_agent: user_agent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    }
}

/// To the console, with the cookies of a fresh session.
fn let_in(console: &Console, session: &NewSession) -> Response {
    let mut response = see_other("/");
    let cookies = [
        console.cookies.set_session(session.token()),
        console.cookies.set_device(&session.device),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The link's secret, in the address where the log put it.
fn link(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default();
    let pairs = serde_html_form::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    pairs
        .into_iter()
        .find(|(name, _)| name == "link")
        .map(|(_, value)| value)
        .unwrap_or_default()
}

fn link_errors(error: &LinkError) -> (StatusCode, FormErrors) {
    let mut errors = FormErrors::default();
    let status = match error {
        LinkError::Spent => {
            errors.form = Some(error.to_string());
            StatusCode::FORBIDDEN
        }
        LinkError::Email(message) => {
            errors.add("email", message.as_str());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        LinkError::Name(message) => {
            errors.add("name", message.as_str());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        LinkError::Password(message) => {
            errors.add("password", message.as_str());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        LinkError::Failed(cause) => {
            let (status, text) = failed(cause);
            errors.form = Some(text);
            status
        }
    };
    (status, errors)
}

/// The cause goes to the log; the person gets a sentence.
pub(super) fn failed(cause: &backend::Error) -> (StatusCode, String) {
    if let backend::Error::Busy(sentence) = cause {
        return (StatusCode::SERVICE_UNAVAILABLE, (*sentence).to_owned());
    }
    log_limited!(error, %cause, "a form failed");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something failed on the server. Nothing was changed. Try again.".to_owned(),
    )
}

/// Reads a form. Fields it does not have keep their defaults.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_html_form::from_bytes(body).ok()
}

pub(super) fn unreadable() -> Response {
    (StatusCode::BAD_REQUEST, "This is not a form that is known here.\n").into_response()
}
