//! `GET /metrics`: what the server counts, for Prometheus. It has an address of its own, and no other address answers it.

mod exposition;
mod process;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use backend::Services;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use model::time::Timestamp;
use tower_http::timeout::TimeoutLayer;

use self::snapshot::Snapshot;
use super::security;

/// The format of the answer (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long a scrape may take. Prometheus waits for ten seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct MetricsState {
    services: Arc<Services>,
    started_at: Timestamp,
}

/// The router of the metrics' address.
pub fn metrics(services: &Arc<Services>) -> Router {
    let state = MetricsState {
        services: Arc::clone(services),
        started_at: services.now(),
    };
    Router::new()
        .route("/metrics", get(scrape))
        .fallback(async || (StatusCode::NOT_FOUND, "The metrics are at /metrics.\n"))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(from_fn(security::headers))
        .with_state(state)
}

async fn scrape(State(state): State<MetricsState>) -> Response {
    let snapshot = Snapshot::take(&state.services, state.started_at).await;
    match exposition::write(snapshot) {
        Ok(text) => ([(CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
