//! Who may see a page at all: nobody before there is an owner, nobody signed out but the pages that let one in.

use app::server_fns::context::Caller;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};

use super::Console;
use super::log_limit::log_limited;

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
    match (Door::of(request.uri().path()), has_users, signed_in) {
        (Door::SetUp, false, _) | (Door::LogIn | Door::Invite, true, false) | (Door::Reset, true, _) => {
            next.run(request).await
        }
        (Door::Code, true, false) if has_ticket(&console, ticket).await => next.run(request).await,
        (_, _, false) if listens(&request) => StatusCode::NO_CONTENT.into_response(),
        (_, false, _) => see_other("/setup"),
        (_, true, false) => see_other("/login"),
        (Door::LogIn | Door::Code | Door::Invite | Door::SetUp, true, true) => see_other("/"),
        (Door::None, true, true) => with_environment(&console, request, next).await,
    }
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

/// The pages that let somebody in, among all others.
enum Door {
    SetUp,
    LogIn,
    /// The second step of logging in.
    Code,
    Reset,
    Invite,
    None,
}

impl Door {
    fn of(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "/setup" => Self::SetUp,
            "/login" => Self::LogIn,
            "/login/code" => Self::Code,
            "/reset" => Self::Reset,
            "/invite" => Self::Invite,
            _ => Self::None,
        }
    }
}

/// 303, whatever Accept says.
pub(super) fn see_other(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// The environment in the address is remembered.
async fn with_environment(console: &Console, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let pairs = serde_html_form::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    let chosen = pairs
        .into_iter()
        .find(|(name, _)| name == "environment")
        .map(|(_, value)| value);
    let mut response = next.run(request).await;
    if let Some(cookie) = chosen.and_then(|name| console.cookies.set_environment(&name)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
