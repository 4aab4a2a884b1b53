//! The forms for logging in and out. They are plain posts, with and without scripts.

use app::answer::ScreenAnswer;
use app::caller::Caller;
use app::error::{code_of, form_errors, page_sentence, status_of};
use app::person;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::accounts::{Admission, Browser, Login, NewSession};
use backend::error::{Outage, RefusedLogin};
use http::header::{RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use model::form::FormErrors;
use model::form_values::FormValues;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Console;
use super::guard::see_other;
use super::log_limit::log_limited;
use super::outage;
use super::pages::answer;
use super::previous_session::PreviousSession;
use super::return_path::ReturnPath;

/// The form of the login. A missing field is empty.
#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

/// The form of the second step, which asks for a code.
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
    match console.services.accounts.log_in(login).await {
        Ok(admission) => admit(&console, &parts, previous_session, &admission).await,
        Err(error) => {
            let page = |error| ScreenAnswer::Login {
                email: form.email,
                error,
            };
            refuse(&console, parts, &error, page).await
        }
    }
}

/// `POST /login/code`: the second step, for people with a second factor.
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
    match console
        .services
        .accounts
        .log_in_with_code(&ticket, typed, browser)
        .await
    {
        Ok(session) => {
            previous_session.end().await;
            end_login_ticket(&console, start_session(&console, &parts, &session))
        }
        Err(backend::Error::RefusedLogin(RefusedLogin::PasswordTooOld)) => {
            end_login_ticket(&console, see_other("/login"))
        }
        Err(error) => refuse(&console, parts, &error, |error| ScreenAnswer::Code { error }).await,
    }
}

/// `POST /logout`
pub(super) async fn log_out(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
) -> Response {
    if let Some(token) = console.cookies.session(&parts.headers)
        && let Err(error) = console.services.accounts.log_out(&token, Some(caller.address)).await
    {
        return failed_answer(&error);
    }
    let mut response = see_other("/login");
    response
        .headers_mut()
        .extend(console.cookies.end_session().map(|cookie| (SET_COOKIE, cookie)));
    // The next person who logs in has not requested that screen.
    forget_next(&console, &parts, &mut response);
    response
}

/// The answer to a right password: a session, which ends the browser's previous one, or the page that asks for the code.
pub(super) async fn admit(
    console: &Console,
    parts: &Parts,
    previous_session: PreviousSession,
    admission: &Admission,
) -> Response {
    match admission {
        Admission::In(session) => {
            previous_session.end().await;
            start_session(console, parts, session)
        }
        Admission::CodeNeeded(ticket) => {
            let mut response = see_other("/login/code");
            let cookie = console.cookies.set_login(ticket.value());
            response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
            response
        }
    }
}

/// Removes the cookie of a login that waits for its code.
fn end_login_ticket(console: &Console, mut response: Response) -> Response {
    if let Some(cookie) = console.cookies.end_login() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The page that says why the login failed.
async fn refuse(
    console: &Console,
    parts: Parts,
    error: &backend::Error,
    page: impl FnOnce(String) -> ScreenAnswer,
) -> Response {
    let (status, text) = failed(error);
    show_refusal(console, parts, error, page(text), status).await
}

/// Shows the page of a form that was refused, to people who are signed out. Where nobody knows whether something was changed, the
/// form is not shown again.
pub(super) async fn show_refusal(
    console: &Console,
    parts: Parts,
    error: &backend::Error,
    page: ScreenAnswer,
    status: StatusCode,
) -> Response {
    if error.outage() == Some(Outage::OutcomeUnknown) {
        return outage::away(Outage::OutcomeUnknown);
    }
    let response = answer(console, parts, page, status).await;
    with_retry_after(response, error.retry_after())
}

/// The answer to a question that was refused: its screen, with the reason.
pub(super) async fn refuse_question(
    console: &Console,
    parts: Parts,
    error: &backend::Error,
    screen: impl FnOnce(String) -> ScreenAnswer,
) -> Response {
    if let Some(answer) = without_screen(error) {
        return answer;
    }
    let (status, sentence) = refusal(error);
    answer(console, parts, screen(sentence), status).await
}

/// Adds the header that says after how many seconds to try again, if that is known.
pub(super) fn with_retry_after(mut response: Response, seconds: Option<i64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The browser that sent a form, as the list of the person's sessions shows it.
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

/// Redirects to the requested screen, or to Home, and sets the cookies of a new session.
pub(super) fn start_session(console: &Console, parts: &Parts, session: &NewSession) -> Response {
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

/// Removes the cookie of the requested screen, so that the screen is shown only once.
fn forget_next(console: &Console, parts: &Parts, response: &mut Response) {
    if console.cookies.next(&parts.headers).is_some() {
        response
            .headers_mut()
            .extend(console.cookies.end_next().map(|cookie| (SET_COOKIE, cookie)));
    }
}

/// The status and the sentence for a person whose request was refused. Logs the cause of our own failures.
pub(super) fn refusal(error: &backend::Error) -> (StatusCode, String) {
    let status = status_of(error);
    if status == StatusCode::INTERNAL_SERVER_ERROR || error.outage().is_some() {
        log_limited!(error, code = code_of(error).as_str(), cause = %error, "a form failed");
    }
    (status, page_sentence(error))
}

/// As [`refusal`], as the answer to a download.
pub(super) fn refused_download(error: &backend::Error) -> Response {
    let (status, sentence) = refusal(error);
    let response = (status, format!("{sentence}\n")).into_response();
    with_retry_after(response, error.retry_after())
}

/// As [`failed`], as an answer without a form.
pub(super) fn failed_answer(error: &backend::Error) -> Response {
    let refused = failed(error);
    error.outage().map_or_else(|| refused.into_response(), outage::away)
}

/// The answer to a form if its screen could not be shown either, since the database cannot be read.
pub(super) fn without_screen(error: &backend::Error) -> Option<Response> {
    let outage = error.outage().filter(|outage| outage.hides_screens())?;
    let _ = refusal(error);
    Some(outage::away(outage))
}

/// As [`refusal`], with what is invalid at its fields.
pub(super) fn form_refusal(error: &backend::Error) -> (StatusCode, FormErrors) {
    let (status, _) = refusal(error);
    (status, form_errors(error))
}

/// As [`refusal`], for people who are signed out. They learn that a login was refused, that they have to wait, or that
/// the database is not available, and no other reason.
pub(super) fn failed(cause: &backend::Error) -> (StatusCode, String) {
    match cause {
        backend::Error::Busy(_) | backend::Error::RefusedLogin(_) | backend::Error::Outage { .. } => refusal(cause),
        cause => refusal(&backend::Error::Internal(cause.to_string())),
    }
}

/// Parses a form. Missing fields get their defaults.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_html_form::from_bytes(body).ok()
}

/// Parses a form as it was typed. The middleware `same_person` has already checked the person of its page.
pub(super) fn read_values(body: &[u8]) -> Option<FormValues> {
    let mut form: FormValues = read(body)?;
    form.remove(person::FIELD);
    Some(form)
}

pub(super) fn unreadable() -> Response {
    (StatusCode::BAD_REQUEST, "This form is not valid.\n").into_response()
}
