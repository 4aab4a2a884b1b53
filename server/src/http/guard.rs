//! Redirects requests for pages that the browser may not see. While there is no owner, all requests lead to `/setup`. Without a
//! session, all requests except those for entry pages lead to `/login`.

use app::caller::Caller;
use app::screens::{Access, Screen};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::Console;
use super::log_limit::log_limited;
use super::outage::failed_early;
use super::return_path::ReturnPath;

pub(super) async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let page = matches!(*request.method(), Method::GET | Method::HEAD);
    if !page {
        return next.run(request).await;
    }
    let has_users = match console.services.accounts.has_any().await {
        Ok(has_users) => has_users,
        Err(error) => {
            log_limited!(error, %error, "cannot tell whether there are users");
            return failed_early(&error);
        }
    };
    let signed_in = request
        .extensions()
        .get::<Caller>()
        .is_some_and(|caller| caller.who.is_some());
    let entry_page = entry_page(request.uri().path());
    let has_ticket = match entry_page {
        Some(Screen::Code) if has_users && !signed_in => has_ticket(&console, request.headers()).await,
        _ => Ok(false),
    };
    let has_ticket = match has_ticket {
        Ok(has_ticket) => has_ticket,
        Err(error) => {
            log_limited!(error, %error, "cannot read the ticket of a login");
            return failed_early(&error);
        }
    };
    match (entry_page, has_users, signed_in) {
        (Some(Screen::Setup), false, _)
        | (Some(Screen::Login | Screen::Invite), true, false)
        | (Some(Screen::Reset), true, _)
        | (None, true, true) => next.run(request).await,
        (Some(Screen::Code), true, false) if has_ticket => next.run(request).await,
        (_, _, false) if is_live_stream(&request) => StatusCode::NO_CONTENT.into_response(),
        (_, false, _) => redirect_to_entry(&console, "/setup", requested_screen(&request)),
        (_, true, false) => redirect_to_entry(&console, "/login", requested_screen(&request)),
        (Some(_), true, true) => see_other("/"),
    }
}

/// The screen that a person requested, to show it after logging in, or `None` for a path that is not a screen, such as a file or a
/// download.
fn requested_screen(request: &Request) -> Option<ReturnPath> {
    let path = request.uri().path();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let page = request.method() == Method::GET
        && header(ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
        && header("sec-fetch-dest").is_none_or(|destination| destination == "document");
    let screen = !matches!(path, "/" | "/events") && !path.starts_with("/api/") && !is_download(path);
    let asked = page && screen && entry_page(path).is_none();
    asked
        .then(|| request.uri().path_and_query())
        .flatten()
        .and_then(|address| ReturnPath::parse(address.as_str()))
}

pub(super) fn is_download(path: &str) -> bool {
    path.ends_with("/export") || path.ends_with("/receipt.jws")
}

/// Redirects to an entry page, and remembers the requested screen in a cookie.
fn redirect_to_entry(console: &Console, entry_page: &str, screen: Option<ReturnPath>) -> Response {
    let mut response = see_other(entry_page);
    if let Some(cookie) = screen.and_then(|screen| console.cookies.set_next(&screen)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Redirects to the login, and from there to this path.
pub(super) fn to_login(console: &Console, next: &str) -> Response {
    redirect_to_entry(console, "/login", ReturnPath::parse(next))
}

/// Whether a page requests its live stream. A redirect to the login would be an error for the browser. The status 204 tells it not
/// to reconnect (WHATWG HTML, "server-sent events").
fn is_live_stream(request: &Request) -> bool {
    request
        .headers()
        .get(ACCEPT)
        .is_some_and(|accept| accept == "text/event-stream")
}

/// Whether the right password was entered in this browser a moment ago, so that a code must follow.
async fn has_ticket(console: &Console, headers: &HeaderMap) -> backend::Result<bool> {
    match console.cookies.login(headers) {
        Some(ticket) => console.services.accounts.login_ticket_is_good(&ticket).await,
        None => Ok(false),
    }
}

/// The entry page at this path: a screen for browsers without a session.
fn entry_page(path: &str) -> Option<Screen> {
    Screen::at(path).filter(|screen| screen.row().access == Access::Public)
}

/// A redirect with status 303, independent of the Accept header.
pub(super) fn see_other(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
