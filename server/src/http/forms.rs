//! The forms that let people in and out. Plain posts, with and without scripts.

use app::answer::Answer;
use app::person;
use app::server_fns::context::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::accounts::{Admission, Browser, Login, LoginError, NewSession};
use http::header::{RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use model::form_values::FormValues;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Console;
use super::guard::see_other;
use super::log_limit::log_limited;
use super::pages::answer;
use super::previous_session::PreviousSession;
use super::return_path::ReturnPath;

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
    let previous_session = PreviousSession::of_request(&console, &parts.headers, &caller);
    let login = Login {
        email: form.email.clone(),
        password: form.password,
        browser: browser(&parts, caller),
        device: console.cookies.device(&parts.headers),
    };
    match console.backend.log_in(login).await {
        Ok(admission) => {
            if let Admission::In(_) = admission {
                previous_session.end().await;
            }
            admit(&console, &parts, &admission)
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
    let previous_session = PreviousSession::of_request(&console, &parts.headers, &caller);
    let browser = browser(&parts, caller);
    let typed = form.code.expose_secret();
    match console.backend.log_in_with_code(&ticket, typed, browser).await {
        Ok(session) => {
            previous_session.end().await;
            without_ticket(&console, let_in(&console, &parts, &session))
        }
        Err(LoginError::Stale) => without_ticket(&console, see_other("/login")),
        Err(error) => refuse(&console, parts, &error, |error| Answer::Code { error }).await,
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
    // Whoever logs in next has not asked for it.
    forget_next(&console, &parts, &mut response);
    response
}

/// Where a right password leads: to the console, or to the code.
pub(super) fn admit(console: &Console, parts: &Parts, admission: &Admission) -> Response {
    match admission {
        Admission::In(session) => let_in(console, parts, session),
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

/// Says after how many seconds to ask again, where that helps.
pub(super) fn with_retry_after(mut response: Response, seconds: Option<i64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Where a form comes from, for the list of one's sessions.
pub(super) fn browser(parts: &Parts, caller: Caller) -> Browser {
    let user_agent = parts.headers.get(USER_AGENT);
    Browser {
        address: caller.address,
        user_agent: user_agent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    }
}

/// To the screen that was asked for, or to Home, with the cookies of a fresh session.
pub(super) fn let_in(console: &Console, parts: &Parts, session: &NewSession) -> Response {
    let next = console.cookies.next(&parts.headers);
    let mut response = see_other(next.as_ref().map_or("/", ReturnPath::as_str));
    forget_next(console, parts, &mut response);
    let cookies = [
        console.cookies.set_session(session.token()),
        console.cookies.set_device(&session.device),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The screen that was asked for before is not gone to again.
fn forget_next(console: &Console, parts: &Parts, response: &mut Response) {
    if console.cookies.next(&parts.headers).is_some() {
        response
            .headers_mut()
            .extend(console.cookies.end_next().map(|cookie| (SET_COOKIE, cookie)));
    }
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

/// Reads a form as it was typed. Whose page it stands on was looked at before.
pub(super) fn read_values(body: &[u8]) -> Option<FormValues> {
    let mut form: FormValues = read(body)?;
    form.remove(person::FIELD);
    Some(form)
}

pub(super) fn unreadable() -> Response {
    (StatusCode::BAD_REQUEST, "This is not a form that is known here.\n").into_response()
}
