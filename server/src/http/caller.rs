//! Who asks, and from where. Every page, form and server function finds it in the request's extensions.

use std::net::{IpAddr, SocketAddr};

use app::server_fns::context::Caller;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::accounts::LoggedIn;
use http::header::HOST;
use http::{HeaderMap, StatusCode};
use ipnet::IpNet;

use super::Console;
use super::log_limit::log_limited;

/// The server functions that change nothing, which pages call again and again to show what is there now.
const READS: [&str; 23] = [
    "account/invitation",
    "account/security",
    "audit/check",
    "audit/list",
    "endpoints/list",
    "environments/list",
    "frame",
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
    "profiles/details",
    "profiles/form",
    "profiles/list",
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
        address: client_address(peer, headers, &console.trusted_proxies),
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

/// Where a request came from. `X-Forwarded-For` is believed as far as trusted proxies wrote it: from the right, the
/// first address that is not one of theirs. `None` where that is not an address: nobody knows it then.
pub(super) fn client_ip(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut address = peer?.to_canonical();
    if !is_trusted(&address) {
        return Some(address);
    }
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    for hop in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        // As bytes: what is no text in front of it must not hide what a proxy wrote behind.
        let hop = std::str::from_utf8(hop).ok()?.trim().parse::<IpAddr>().ok()?;
        address = hop.to_canonical();
        if !is_trusted(&address) {
            break;
        }
    }
    Some(address)
}

/// The same as text.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> String {
    client_ip(peer, headers, trusted).map_or_else(|| "unknown".to_owned(), |address| address.to_string())
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
        const CHANGES: [&str; 35] = [
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
            "environments/create",
            "environments/hide",
            "environments/rename",
            "environments/reveal",
            "environments/rotate",
            "keys/bulk",
            "keys/create",
            "keys/delete",
            "keys/disable",
            "keys/edit",
            "keys/enable",
            "keys/end-old-token",
            "keys/rotate",
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

    fn address(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_address(peer.parse().ok(), &headers, &trusted)
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(address("203.0.113.9", "10.0.0.1", &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn a_hop_that_is_no_address_leaves_the_client_unknown() {
        for forwarded in ["unknown", "203.0.113.9:5678", "", "203.0.113.9,", "nonsense, 10.0.0.3"] {
            assert_eq!(
                address("10.0.0.2", forwarded, &["10.0.0.0/8"]),
                "unknown",
                "{forwarded}"
            );
        }
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(b"10.0.0.9, \xff, 203.0.113.9").unwrap();
        headers.insert("x-forwarded-for", value);
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let found = client_address("10.0.0.2".parse().ok(), &headers, &trusted);
        assert_eq!(found, "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_only_for_what_it_wrote() {
        assert_eq!(
            address("10.0.0.2", "1.2.3.4, 203.0.113.9", &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(
            address("10.0.0.2", "1.2.3.4, 203.0.113.9, 10.0.0.3", &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(
            address("::ffff:10.0.0.2", "203.0.113.9", &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }
}
