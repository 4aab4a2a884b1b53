//! The routes. The console, with sessions and forms; the verifier, with neither.

pub mod assets;
mod audit;
mod authorize;
mod bounds;
mod caller;
mod client_address;
mod connections;
mod cookies;
mod environment_form;
mod events;
mod former;
mod forms;
mod guard;
mod hand_over;
mod head;
mod health;
mod key_forms;
mod limits;
mod link_forms;
pub mod listener;
mod log_limit;
mod pages;
mod permitted;
mod problem;
mod profile_forms;
mod return_path;
pub mod routes;
mod same_person;
mod scripts;
mod security;
mod shape;
mod streams;
mod usage;
mod verify;
mod wire;

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use backend::Backend;
use ipnet::IpNet;
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use self::streams::Streams;

/// The largest form, in bytes: a name of 10,000 characters still gets an answer that names what is wrong.
const FORM_LIMIT: usize = 256 * 1024;
/// How long a request to the console may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the console's handlers share.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) backend: Arc<Backend>,
    pub(crate) public_url: Option<String>,
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    streams: Streams,
    pub(crate) cookies: cookies::Cookies,
    /// Its sender is dropped when the server stops.
    pub(crate) stopped: watch::Receiver<()>,
}

impl Console {
    pub fn new(
        backend: Arc<Backend>,
        public_url: Option<String>,
        trusted_proxies: Vec<IpNet>,
        stopped: watch::Receiver<()>,
    ) -> Self {
        // Pages are rendered by tasks that Leptos spawns. An error says that it knows its executor already.
        let _ = any_spawner::Executor::init_tokio();
        let secure = public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        Self {
            streams: Streams::new(Arc::clone(&backend)),
            cookies: cookies::Cookies::new(backend.instance(), secure),
            backend,
            public_url,
            trusted_proxies: trusted_proxies.into(),
            stopped,
        }
    }

    /// Whether browsers reach us by https.
    fn secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// What the verifier's handlers share.
#[derive(Clone, Debug)]
struct Gateways(Arc<Verifying>);

#[derive(Debug)]
struct Verifying {
    backend: Arc<Backend>,
    trusted_proxies: Vec<IpNet>,
}

impl Gateways {
    /// Where a request came from, or the client for which a trusted gateway asks.
    fn client(&self, request: &Request) -> Result<IpAddr, client_address::Unreadable> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        client_address::client_address(peer, request.headers(), &self.trusted_proxies)
    }
}

impl Deref for Gateways {
    type Target = Verifying;

    fn deref(&self) -> &Verifying {
        &self.0
    }
}

/// What people use.
///
/// # Errors
/// A sentence when the public URL cannot be an origin.
pub fn console(console: &Console) -> Result<Router, String> {
    let csrf = security::csrf(console.public_url.as_deref())?;
    let pages = routes::routes()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .route("/api/{*function}", get(pages::page).post(pages::server_function))
        .fallback(pages::page)
        .layer(from_fn_with_state(console.clone(), same_person::same_person))
        .layer(from_fn(bounds::bounds))
        .layer(from_fn_with_state(console.clone(), guard::guard))
        .layer(from_fn_with_state(console.clone(), caller::caller))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(csrf)
        .with_state(console.clone());
    let mut all = assets::routes()
        .merge(health::routes(&console.backend))
        .merge(pages)
        .layer(TimeoutLayer::with_status_code(
            ::http::StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .layer(from_fn(security::headers));
    if console.secure() {
        all = all.layer(from_fn(security::strict_transport));
    }
    let trace = TraceLayer::new_for_http().make_span_with(security::span);
    Ok(all.layer(trace.on_failure(security::failure)))
}

/// What gateways use. No layers: each would cost every request.
pub fn verifier(backend: &Arc<Backend>, trusted_proxies: Vec<IpNet>) -> Router {
    let gateways = Gateways(Arc::new(Verifying {
        backend: Arc::clone(backend),
        trusted_proxies,
    }));
    Router::new()
        .route("/v1/keys/verify", any(verify::verify))
        .route("/v1/authorize", any(authorize::authorize))
        .route("/v1/authorize/", any(authorize::authorize))
        .route("/v1/authorize/{*path}", any(authorize::authorize))
        .route("/v1", any(problem::not_found))
        .route("/v1/", any(problem::not_found))
        .route("/v1/{*path}", any(problem::not_found))
        .with_state(gateways)
}

/// The verifier on an address of its own, with its health.
pub fn verifier_alone(backend: &Arc<Backend>, trusted_proxies: Vec<IpNet>) -> Router {
    verifier(backend, trusted_proxies).merge(health::routes(backend).layer(from_fn(security::headers)))
}
