//! Who asks, and from where. Every page, form and server function finds it in the request's extensions.

use std::net::SocketAddr;

use app::server_fns::context::Caller;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::accounts::LoggedIn;
use http::header::HOST;
use http::{HeaderMap, StatusCode};

use super::Console;
use super::client_address::{self, client_address};
use super::log_limit::log_limited;

/// The server functions that change nothing, which pages call again and again to show what is there now.
const READS: [&str; 27] = [
    "account/invitation",
    "account/security",
    "audit/check",
    "audit/list",
    "endpoints/list",
    "environments/list",
    "environments/summaries",
    "frame",
    "keys/bulk-preview",
    "keys/count",
    "keys/create-options",
    "keys/delete-preview",
    "keys/details",
    "keys/edit-options",
    "keys/explain",
    "keys/ids",
    "keys/list",
    "keys/progress",
    "keys/proof",
    "keys/rotate-options",
    "profiles/compare",
    "profiles/details",
    "profiles/form",
    "profiles/list",
    "suggest",
    "usage/report",
    "users/list",
];

pub(super) async fn caller(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let who = match console.cookies.session(headers) {
        Some(token) => match session(&console, asks_by_itself(&console, &request), &token).await {
            Ok(who) => who,
            Err(error) => {
                log_limited!(error, %error, "cannot read the session");
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
        environment: console.cookies.environment(headers),
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

/// Whether an open page asks this of its own accord: it reads, and nobody has touched the page lately. What changes
/// something is done by a person, or by a program in the name of one, whatever cookies come with it.
fn asks_by_itself(console: &Console, request: &Request) -> bool {
    let path = request.uri().path();
    let reads = path == "/events"
        || path
            .strip_prefix("/api/")
            .is_some_and(|function| READS.contains(&function));
    reads && !console.cookies.somebody_is_there(request.headers())
}

/// Scheme and host under which the browser reached us.
fn origin(console: &Console, headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    console.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_function_reads_or_is_known_to_change_something() {
        const CHANGES: [&str; 33] = [
            "account/change-password",
            "account/confirm-password",
            "account/end-other-sessions",
            "account/end-session",
            "account/finish-second-factor",
            "account/new-recovery-codes",
            "account/remove-second-factor",
            "account/start-second-factor",
            "endpoints/create",
            "endpoints/edit",
            "endpoints/retire",
            "environments/copied",
            "environments/create",
            "environments/hide",
            "environments/rename",
            "environments/reveal",
            "environments/rotate",
            "keys/bulk",
            "keys/delete",
            "keys/disable",
            "keys/enable",
            "keys/end-old-token",
            "profiles/create",
            "profiles/delete",
            "profiles/edit",
            "users/disable",
            "users/enable",
            "users/give-keys",
            "users/invite",
            "users/remove-second-factor",
            "users/reset-link",
            "users/revoke-invitation",
            "users/set-role",
        ];
        let mut found: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
            .filter_map(|(path, _)| path.strip_prefix("/api/"))
            .collect();
        let mut known = [READS.as_slice(), &CHANGES].concat();
        found.sort_unstable();
        known.sort_unstable();
        assert_eq!(found, known);
    }
}
