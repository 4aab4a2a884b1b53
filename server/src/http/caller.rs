//! Who asks, and from where. Every page, form and server function finds it in the request's extensions.

use std::net::SocketAddr;

use app::server_fns::context::Caller;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::accounts::LoggedIn;
use http::header::HOST;
use http::{HeaderMap, StatusCode};

use super::client_address::{self, client_address};
use super::{Console, cookies};

pub(super) async fn caller(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let who = match cookies::session(headers, console.secure()) {
        Some(token) => match session(&console, asks_by_itself(&request), &token).await {
            Ok(who) => who,
            Err(error) => {
                tracing::error!(%error, "cannot read the session");
                return (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database did not answer. Try again.\n",
                )
                    .into_response();
            }
        },
        None => None,
    };
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let caller = Caller {
        who,
        address: client_address::as_text(client_address(peer, headers, &console.trusted_proxies)),
        environment: cookies::environment(headers),
        origin: origin(&console, headers),
    };
    let asks = caller.who.clone().map(|who| {
        (
            who,
            caller.address.clone(),
            request.method().clone(),
            request.uri().path().to_owned(),
        )
    });
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    if let Some((who, address, method, path)) = asks
        && response.status() == StatusCode::FORBIDDEN
    {
        console
            .backend
            .note_refusal(&who, address, method.as_str(), &path)
            .await;
    }
    response
}

/// Who is behind the session. What an open page asks by itself, since something changed, is no use of the session: a
/// page that nobody looks at would keep it for ever.
async fn session(console: &Console, by_itself: bool, token: &str) -> backend::Result<Option<LoggedIn>> {
    if by_itself {
        console.backend.look_at_session(token).await
    } else {
        console.backend.session(token).await
    }
}

fn asks_by_itself(request: &Request) -> bool {
    let path = request.uri().path();
    (path == "/events" || path.starts_with("/api/")) && !cookies::somebody_is_there(request.headers())
}

/// Scheme and host under which the browser reached us.
fn origin(console: &Console, headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    console.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}
