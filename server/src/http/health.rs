//! `/healthz` and `/readyz`, for the supervisor or load balancer of the process.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use backend::Services;
use http::StatusCode;

pub(super) fn routes(services: &Arc<Services>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Arc::clone(services))
}

/// Whether a path is `/healthz` or `/readyz`.
pub(super) fn is_health_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

async fn ready(State(services): State<Arc<Services>>) -> (StatusCode, String) {
    match services.verifier().ready() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
