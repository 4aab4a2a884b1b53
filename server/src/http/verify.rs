//! `POST /v1/keys/verify`: may this key call this endpoint?

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Response};
use backend::Backend;
use backend::verifier::{Decision, Target};
use http::{HeaderMap, StatusCode};
use model::problem::Problem;
use model::verify::{Code, VerifyRequest, VerifyResponse};

use super::Gateways;
use super::caller::client_ip;
use super::problem::{ProblemResponse, bad_request, unavailable};

pub(super) async fn verify(
    State(Gateways {
        backend,
        trusted_proxies,
    }): State<Gateways>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let caller = client_ip(peer, &headers, &trusted_proxies);
    match answer(&backend, caller, body) {
        Ok(response) => Json(response).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn answer(
    backend: &Backend,
    caller: Option<IpAddr>,
    body: Result<Bytes, BytesRejection>,
) -> Result<VerifyResponse, ProblemResponse> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ProblemResponse(Problem::new(413, "ERR_TOO_LARGE", "The request is larger than 16 KiB."))
        }
        _ => bad_request("The request could not be read."),
    })?;
    // The parser's own message could repeat a part of the key.
    let request: VerifyRequest = serde_json::from_slice(&body).map_err(|error| {
        bad_request(format!(
            "The body is not the JSON that is expected here (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })?;
    let target = target(&request)?;
    // Where the key was used from: what the gateway says, or the gateway itself.
    let from = match &request.ip {
        Some(ip) => Some(ip.parse().map_err(|_| bad_request("“ip” is not an IP address."))?),
        None => caller,
    };
    let decision = backend
        .verifier()
        .decide(&request.key, target, from)
        .map_err(unavailable)?;
    Ok(response(&decision))
}

fn target(request: &VerifyRequest) -> Result<Target<'_>, ProblemResponse> {
    match (&request.endpoint, &request.method, &request.path) {
        (Some(name), None, None) if !name.is_empty() => Ok(Target::Endpoint(name)),
        (None, Some(method), Some(path)) if !method.is_empty() && !path.is_empty() => {
            Ok(Target::Request { method, path })
        }
        _ => Err(bad_request(
            "Name what is called: either “endpoint”, or “method” and “path”.",
        )),
    }
}

fn response(decision: &Decision) -> VerifyResponse {
    let key = decision.key.as_ref();
    VerifyResponse {
        valid: decision.code == Code::Valid,
        code: decision.code,
        key_id: key.map(|key| key.id.to_string()),
        name: key.map(|key| key.name.clone()),
        environment: decision.environment.as_deref().map(str::to_owned),
        endpoint: decision.endpoint_name().map(str::to_owned),
        expires_at: key.and_then(|key| key.expires_at).map(model::time::Timestamp::rfc3339),
        bias_profile: decision.profile.clone(),
    }
}
