//! `GET /.well-known/jwks.json`: the public keys that check receipts, for everybody (RFC 7517).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use backend::Services;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};

use super::log_limit::log_limited;

/// The path of the keys.
pub const PATH: &str = "/.well-known/jwks.json";

/// How long anybody may keep the keys. A key is never removed, so an old answer lacks at most a new one.
const KEEP: &str = "public, max-age=300";
/// Nobody keeps an answer without a key, since the first receipt makes one.
const DO_NOT_KEEP: &str = "no-cache";

pub(super) fn routes(services: &Arc<Services>) -> Router {
    Router::new().route(PATH, get(keys)).with_state(Arc::clone(services))
}

async fn keys(State(services): State<Arc<Services>>) -> Response {
    match services.receipts.published_keys().await {
        Ok(keys) => {
            let keep = if keys.count == 0 { DO_NOT_KEEP } else { KEEP };
            let headers = [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, keep)];
            (headers, keys.json.to_string()).into_response()
        }
        Err(error) => {
            log_limited!(error, %error, "cannot read the public keys");
            let headers = [(RETRY_AFTER, "1")];
            (
                StatusCode::SERVICE_UNAVAILABLE,
                headers,
                "The database did not answer. Try again.\n",
            )
                .into_response()
        }
    }
}
