//! Who may see a page at all: nobody before there is an owner, nobody signed out but the pages that let one in.

use app::screens::{Access, Screen};
use app::server_fns::context::Caller;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};

use super::Console;
use super::log_limit::log_limited;
use super::return_path::ReturnPath;

pub(super) async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let page = matches!(*request.method(), Method::GET | Method::HEAD);
    if !page {
        return next.run(request).await;
    }
    let has_users = match console.backend.has_users().await {
        Ok(has_users) => has_users,
        Err(error) => {
            log_limited!(error, %error, "cannot tell whether there are users");
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database did not answer. Try again.\n",
            )
                .into_response();
        }
    };
    let signed_in = request
        .extensions()
        .get::<Caller>()
        .is_some_and(|caller| caller.who.is_some());
    let ticket = console.cookies.login(request.headers());
    match (door(request.uri().path()), has_users, signed_in) {
        (Some(Screen::Setup), false, _)
        | (Some(Screen::Login | Screen::Invite), true, false)
        | (Some(Screen::Reset), true, _)
        | (None, true, true) => next.run(request).await,
        (Some(Screen::Code), true, false) if has_ticket(&console, ticket).await => next.run(request).await,
        (_, _, false) if listens(&request) => StatusCode::NO_CONTENT.into_response(),
        (_, false, _) => then_to(&console, "/setup", asked_for(&request)),
        (_, true, false) => then_to(&console, "/login", asked_for(&request)),
        (Some(_), true, true) => see_other("/"),
    }
}

/// The screen that a person asked for, to show it after logging in. Pictures, programs and downloads are no screens.
fn asked_for(request: &Request) -> Option<ReturnPath> {
    let path = request.uri().path();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let page = request.method() == Method::GET
        && header(ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
        && header("sec-fetch-dest").is_none_or(|destination| destination == "document");
    let screen = !matches!(path, "/" | "/events") && !path.starts_with("/api/") && !path.ends_with("/export");
    let asked = page && screen && door(path).is_none();
    asked
        .then(|| request.uri().path_and_query())
        .flatten()
        .and_then(|address| ReturnPath::parse(address.as_str()))
}

/// Leads to a door, and remembers the screen behind it.
fn then_to(console: &Console, door: &str, screen: Option<ReturnPath>) -> Response {
    let mut response = see_other(door);
    if let Some(cookie) = screen.and_then(|screen| console.cookies.set_next(&screen)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Leads to the login, and from there to this address of ours.
pub(super) fn to_login(console: &Console, next: &str) -> Response {
    then_to(console, "/login", ReturnPath::parse(next))
}

/// Whether a page asks for its live stream. Sent to the login, it would complain that this is none; 204 tells it that there
/// is nothing more to hear (WHATWG HTML, "server-sent events").
fn listens(request: &Request) -> bool {
    request
        .headers()
        .get(ACCEPT)
        .is_some_and(|accept| accept == "text/event-stream")
}

/// Whether the browser has entered a password a moment ago, so that there is a code to enter.
async fn has_ticket(console: &Console, ticket: Option<String>) -> bool {
    let Some(ticket) = ticket else {
        return false;
    };
    // Where the database does not answer, the login says so.
    console.backend.login_ticket_is_good(&ticket).await.unwrap_or(false)
}

/// The screen at this path, where it lets people in.
fn door(path: &str) -> Option<Screen> {
    Screen::at(path).filter(|screen| screen.row().access == Access::Door)
}

/// 303, whatever Accept says.
pub(super) fn see_other(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
