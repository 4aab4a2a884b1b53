//! The plain floor: what an ordinary axum service costs that reads the same requests and gives answers of the same shape, with
//! `axum::serve`. It looks nothing up, and has none of the limits of the verifier's connections.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{Constant, READY, ready};

/// The values of the answers. Each answer is written anew from them.
struct Answers {
    verify: Facts,
    authorize: Vec<(HeaderName, String)>,
}

/// The fields of an answer to verify.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    valid: bool,
    code: String,
    key_id: String,
    name: String,
    environment: String,
    endpoint: String,
    expires_at: Option<String>,
    bias_profile: Option<Value>,
}

/// A request to verify.
#[derive(Deserialize)]
struct Question {
    key: String,
    endpoint: String,
}

/// Serves until its process is killed.
pub(crate) async fn serve(listener: TcpListener, verify: &Constant, authorize: &Constant) -> Result<(), String> {
    let facts = serde_json::from_slice(&verify.body).map_err(|error| format!("the answer of verify: {error}"))?;
    let texts = authorize.headers.iter().map(|(name, value)| {
        let text = value.to_str().map_err(|error| format!("{name}: {error}"));
        text.map(|text| (name.clone(), text.to_owned()))
    });
    let answers = Answers {
        verify: facts,
        authorize: texts.collect::<Result<_, String>>()?,
    };
    let router = Router::new()
        .route("/v1/keys/verify", post(answer_verify))
        .route("/v1/authorize", any(answer_authorize))
        .route(READY, get(ready))
        .with_state(Arc::new(answers));
    axum::serve(listener, router).await.map_err(|error| error.to_string())
}

async fn answer_verify(State(answers): State<Arc<Answers>>, Json(question): Json<Question>) -> Response {
    if question.key.is_empty() || question.endpoint.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    Json(&answers.verify).into_response()
}

async fn answer_authorize(State(answers): State<Arc<Answers>>, headers: HeaderMap) -> Response {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let key = text(&AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let method = text(&HeaderName::from_static("x-forwarded-method"));
    let path = text(&HeaderName::from_static("x-forwarded-uri"));
    if key.is_none() || method.is_none() || path.is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    AppendHeaders(answers.authorize.iter().map(|(name, value)| (name, value.as_str()))).into_response()
}
