//! The HTTP server. It has a router for the console, with sessions and forms, and a router for the verifier, with neither.

mod arrival;
pub mod assets;
mod audit;
mod authorize;
mod bounds;
mod caller;
mod client_address;
mod compression;
mod connection;
mod connections;
mod console_runtime;
mod cookies;
mod counted_answer;
mod customer_export;
pub(crate) mod customer_file;
mod customer_forms;
mod customer_import;
mod customer_import_form;
mod encoding;
mod environment_form;
mod events;
mod forms;
mod guard;
mod health;
pub mod jwks;
mod kept_body;
mod key_forms;
mod link_forms;
pub mod listener;
mod live_streams;
mod log_limit;
mod manage;
mod metrics;
mod outage;
mod pages;
mod permission_recheck;
mod preferences_form;
mod previous_session;
mod problem;
mod profile_forms;
mod rate_limit_headers;
mod receipts;
mod reference;
mod refusal_stream;
mod request_head;
mod request_id;
mod return_path;
pub mod routes;
mod same_person;
mod scripts;
mod security;
mod shape;
mod usage;
mod verifier_codes;
mod verifier_routes;
mod verify;

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, get};
use backend::Services;
use ipnet::IpNet;
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use self::arrival::Arrival;
use self::live_streams::LiveStreams;
pub use self::manage::{ManageProblemCode, description as manage_description};
pub(crate) use self::manage::{Refusal, read_import_line};
pub use self::metrics::metrics;
use self::request_id::RequestIds;
pub use self::verifier_routes::VerifierRoutes;
use self::verifier_routes::{AUTHORIZE, VERIFY};

/// The largest form, in bytes. It is so large that a name of 10,000 characters gets an answer that says what is wrong.
const FORM_LIMIT: usize = 256 * 1024;
/// How long a request to the console may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The state that the console's handlers share.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) services: Arc<Services>,
    pub(crate) public_url: Option<String>,
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    live_streams: LiveStreams,
    pub(crate) cookies: cookies::Cookies,
    /// Its sender is dropped when the server stops.
    pub(crate) stopped: watch::Receiver<()>,
}

impl Console {
    pub fn new(
        services: Arc<Services>,
        public_url: Option<String>,
        trusted_proxies: Vec<IpNet>,
        stopped: watch::Receiver<()>,
    ) -> Self {
        // Leptos needs an executor for the tasks that render pages. Setting it fails only if it is already set.
        let _ = any_spawner::Executor::init_tokio();
        let secure = public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        Self {
            live_streams: LiveStreams::new(Arc::clone(&services)),
            cookies: cookies::Cookies::new(services.instance(), secure),
            services,
            public_url,
            trusted_proxies: trusted_proxies.into(),
            stopped,
        }
    }

    /// Whether browsers reach the console by https.
    fn secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// The state that the verifier's handlers share.
#[derive(Clone, Debug)]
struct VerifierState(Arc<SharedVerifierState>);

#[derive(Debug)]
struct SharedVerifierState {
    services: Arc<Services>,
    trusted_proxies: Vec<IpNet>,
}

impl VerifierState {
    fn new(services: &Arc<Services>, trusted_proxies: Vec<IpNet>) -> Self {
        Self(Arc::new(SharedVerifierState {
            services: Arc::clone(services),
            trusted_proxies,
        }))
    }

    /// The address of the client: the peer's, or the one that a trusted gateway names.
    fn client_address(
        &self,
        arrival: Option<Arrival>,
        headers: &::http::HeaderMap,
    ) -> Result<IpAddr, client_address::UnknownAddress> {
        let peer = arrival.map(|arrival| arrival.peer.ip());
        client_address::client_address(peer, headers, &self.trusted_proxies)
    }
}

impl Deref for VerifierState {
    type Target = SharedVerifierState;

    fn deref(&self) -> &SharedVerifierState {
        &self.0
    }
}

/// The router that people use.
///
/// # Errors
/// Returns a sentence if the public URL cannot be an origin.
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
        .layer(from_fn_with_state(console.clone(), outage::outage))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(csrf)
        .with_state(console.clone());
    let mut all = assets::routes()
        .merge(health::routes(&console.services))
        .merge(jwks::routes(&console.services))
        .merge(pages)
        .layer(TimeoutLayer::with_status_code(
            ::http::StatusCode::REQUEST_TIMEOUT,
            REQUEST_TIMEOUT,
        ))
        .layer(from_fn(security::headers))
        .merge(manage::router(console));
    if console.secure() {
        all = all.layer(from_fn(security::strict_transport));
    }
    let trace = TraceLayer::new_for_http().make_span_with(security::span);
    let ids = RequestIds::new(Arc::clone(&console.trusted_proxies));
    Ok(all
        .layer(trace.on_failure(security::failure))
        .layer(from_fn_with_state(ids, request_id::request_id)))
}

/// The paths at which the verifier answers, and their handlers. The router is made from this table, and tests walk it.
fn verifier_routes() -> Vec<(&'static str, MethodRouter<VerifierState>)> {
    vec![
        (VERIFY, any(verify::route)),
        (AUTHORIZE, any(authorize::route)),
        ("/v1/authorize/", any(authorize::route)),
        ("/v1/authorize/{*path}", any(authorize::route_with_path)),
    ]
}

/// The paths at which the verifier answers.
pub fn verifier_paths() -> Vec<&'static str> {
    verifier_routes().into_iter().map(|(path, _)| path).collect()
}

/// The router that gateways use. It has no layers, since each layer would slow down every request.
pub fn verifier(services: &Arc<Services>, trusted_proxies: Vec<IpNet>) -> Router {
    let state = VerifierState::new(services, trusted_proxies);
    verifier_routes()
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| router.route(path, handler))
        .route("/v1", any(problem::not_found))
        .route("/v1/", any(problem::not_found))
        .route("/v1/{*path}", any(problem::not_found))
        .with_state(state)
}

/// The router of a verifier that has its own address, with health checks and the public keys.
pub fn verifier_alone(services: &Arc<Services>, trusted_proxies: Vec<IpNet>) -> Router {
    let others = health::routes(services).merge(jwks::routes(services));
    verifier(services, trusted_proxies).merge(others.layer(from_fn(security::headers)))
}
