//! Identifies the caller of a request: the person and the address. Pages, forms and server functions find the [`Caller`] in
//! the request's extensions.

use app::caller::Caller;
use app::server_fns::reads::is_read;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use backend::accounts::LoggedIn;
use backend::error::Outage;
use http::header::HOST;
use http::{HeaderMap, StatusCode};

use super::Console;
use super::arrival::Arrival;
use super::client_address::{self, client_address};
use super::log_limit::log_limited;
use super::outage;

pub(super) async fn caller(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let who = match console.cookies.session(headers) {
        Some(token) => {
            let reading = read_session(&console, is_automatic(&console, &request), &token);
            match outage::patiently(&console, reading).await {
                Ok(who) => who,
                Err(None) => return outage::away(Outage::Unreachable),
                Err(Some(error)) => {
                    log_limited!(error, %error, "cannot read the session");
                    return outage::failed_early(&error);
                }
            }
        }
        None => None,
    };
    let peer = Arrival::peer_address(&request);
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
            .services
            .audit
            .note_refusal(&who.actor(Some(address)), &who.me.email, method.as_str(), &path)
            .await;
    }
    response
}

/// Reads the session. An automatic request does not count as use of the session. Otherwise an unattended page would keep it for
/// ever.
async fn read_session(console: &Console, automatic: bool, token: &str) -> backend::Result<Option<LoggedIn>> {
    if automatic {
        console.services.accounts.read_session_without_use(token).await
    } else {
        console.services.accounts.session(token).await
    }
}

/// Whether an open page sent this request by itself: the request only reads, and no person has used the page in the last minute.
/// A request that changes something always counts as made by a person, whatever cookies come with it.
fn is_automatic(console: &Console, request: &Request) -> bool {
    let path = request.uri().path();
    (path == "/events" || is_read(path)) && !console.cookies.is_person_active(request.headers())
}

/// The scheme and host by which the browser reached the console.
fn origin(console: &Console, headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    console.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}

#[cfg(test)]
mod tests {
    use app::server_fns::reads::READS;

    #[test]
    fn every_server_function_is_listed_as_reading_or_changing() {
        const CHANGES: [&str; 41] = [
            "account/change-password",
            "account/confirm-password",
            "account/end-other-sessions",
            "account/end-session",
            "account/finish-second-factor",
            "account/new-recovery-codes",
            "account/remove-second-factor",
            "account/start-second-factor",
            "customers/delete",
            "customers/resume",
            "customers/suspend",
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
            "profiles/delete",
            "service-accounts/add-token",
            "service-accounts/create",
            "service-accounts/delete",
            "service-accounts/disable",
            "service-accounts/edit",
            "service-accounts/enable",
            "service-accounts/end-token",
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
