//! `/healthz` and `/readyz`, for the supervisor or load balancer of the process.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use backend::Backend;
use http::StatusCode;

pub(super) fn routes(backend: &Arc<Backend>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Arc::clone(backend))
}

/// Whether a path is `/healthz` or `/readyz`.
pub(super) fn is_health_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

async fn ready(State(backend): State<Arc<Backend>>) -> (StatusCode, String) {
    match backend.verifier().ready() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
