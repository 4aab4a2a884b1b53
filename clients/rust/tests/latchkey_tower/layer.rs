//! What passes the layer, and what a client is told where it does not.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, to_bytes};
use axum::{Extension, Router};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use latchkey_tower::{LatchkeyLayer, ValidKey, Verifier};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::line::Line;
use crate::server::Server;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

fn layer(url: &str) -> LatchkeyLayer {
    LatchkeyLayer::new(Verifier::new(url).unwrap())
}

fn post(path: &str) -> Builder {
    Request::post(path)
}

fn chat() -> Builder {
    post("/api/v1/chat/completions")
}

/// Sends a request to a service that answers with the ID of its key. Fails if the service saw a request that was refused.
async fn send(layer: LatchkeyLayer, request: Builder) -> Answer {
    let seen = Arc::new(AtomicBool::new(false));
    let saw = Arc::clone(&seen);
    let handler = move |Extension(key): Extension<ValidKey>| {
        saw.store(true, Ordering::Relaxed);
        std::future::ready(key.key_id)
    };
    let service = Router::new().fallback(handler).layer(layer);
    let (head, body) = service
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
        .into_parts();
    assert_eq!(seen.load(Ordering::Relaxed), head.status == StatusCode::OK);
    let body = to_bytes(body, 100_000).await.unwrap();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str) -> Value {
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.status.as_u16(), status, "{problem}");
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&Value::from(status), &Value::from(code))
    );
    assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers.contains_key(WWW_AUTHENTICATE), status == 401);
    problem
}

#[tokio::test]
async fn a_valid_key_passes_in_either_header() {
    let server = Server::shared();
    let key = server.key(&["--endpoint", "chat"]).await;
    for request in [
        chat().header(AUTHORIZATION, format!("bearer {key}")),
        chat().header("x-api-key", &key),
    ] {
        let answer = send(layer(&server.url), request).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.starts_with("key_"), "{}", answer.body);
    }
}

#[tokio::test]
async fn no_key_and_one_that_is_no_key_are_401() {
    let server = Server::shared();
    assert_problem(&send(layer(&server.url), chat()).await, 401, "ERR_API_KEY_MISSING");
    let unknown = chat().header("x-api-key", "nonsense");
    assert_problem(&send(layer(&server.url), unknown).await, 401, "ERR_INVALID_KEY");
}

#[tokio::test]
async fn a_key_that_is_disabled_is_401() {
    let server = Server::shared();
    let key = server.key(&[]).await;
    let id = send(layer(&server.url), chat().header("x-api-key", &key)).await.body;
    server.run(&["key", "disable", &id, "--wait", "10s"]);
    let answer = send(layer(&server.url), chat().header("x-api-key", &key)).await;
    assert_problem(&answer, 401, "ERR_KEY_INACTIVE");
}

#[tokio::test]
async fn two_different_keys_are_400() {
    let server = Server::shared();
    let two = chat().header("x-api-key", "one").header("x-api-key", "two");
    assert_problem(&send(layer(&server.url), two).await, 400, "ERR_BAD_REQUEST");
}

#[tokio::test]
async fn another_endpoint_is_403() {
    let server = Server::shared();
    let key = server.key(&["--endpoint", "image"]).await;
    let answer = send(layer(&server.url), chat().header("x-api-key", &key)).await;
    let problem = assert_problem(&answer, 403, "ERR_NO_PERMISSION");
    assert_eq!(problem["detail"], "Access to chat endpoint is denied for this key.");
    assert_eq!(problem["endpoint"], "chat");
    let image = layer(&server.url).endpoint("image");
    assert_eq!(
        send(image, chat().header("x-api-key", &key)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_path_is_judged_as_it_came_in() {
    let server = Server::shared();
    let key = server.key(&[]).await;
    for path in [
        "/api/v1/img/..%2f..%2fadmin",
        "/api/v1/img/%61",
        "/api/v1/img//x",
        "/api/v1/img/../x",
    ] {
        let answer = send(layer(&server.url), post(path).header("x-api-key", &key)).await;
        assert_problem(&answer, 403, "ERR_NO_PERMISSION");
    }
    let plain = post("/api/v1/img/caf%C3%A9?x=/..%2f").header("x-api-key", &key);
    assert_eq!(send(layer(&server.url), plain).await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_address_is_403() {
    let server = Server::shared();
    let key = server.key(&["--allow-address", "203.0.113.0/24"]).await;
    let from = |address: Option<[u8; 4]>| layer(&server.url).client_address(move |_| address.map(IpAddr::from));
    let request = || chat().header("x-api-key", &key);
    let allowed = send(from(Some([203, 0, 113, 9])), request()).await;
    assert_eq!(allowed.status, StatusCode::OK);
    for address in [Some([198, 51, 100, 9]), None] {
        assert_problem(&send(from(address), request()).await, 403, "ERR_ADDRESS_NOT_ALLOWED");
    }
    assert_problem(
        &send(layer(&server.url), request()).await,
        403,
        "ERR_ADDRESS_NOT_ALLOWED",
    );
}

#[tokio::test]
async fn over_a_limit_is_429_and_every_answer_says_what_is_left() {
    let server = Server::shared();
    let key = server.key(&["--limit-day", "1"]).await;
    let allowed = send(layer(&server.url), chat().header("x-api-key", &key)).await;
    assert_eq!(allowed.status, StatusCode::OK);
    assert_eq!(allowed.headers["ratelimit-policy"], "\"day\";q=1;w=86400");
    assert!(!allowed.headers.contains_key(RETRY_AFTER));
    let refused = send(layer(&server.url), chat().header("x-api-key", &key)).await;
    assert_problem(&refused, 429, "ERR_TOO_MANY_REQUESTS");
    assert!(
        refused.headers["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"day\";r=0;")
    );
    let seconds: u64 = refused.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!(seconds > 0);
}

#[tokio::test]
async fn without_a_verifier_nothing_passes() {
    let request = || chat().header("x-api-key", "x");
    let away = send(layer("http://127.0.0.1:9"), request()).await;
    assert_problem(&away, 503, "ERR_UNAVAILABLE");
    assert_eq!(away.headers[RETRY_AFTER], "1");
    for status in [200, 404, 500, 503] {
        let line = Line::script(&[(status, "{}")]).await;
        assert_problem(&send(layer(&line.url), request()).await, 503, "ERR_UNAVAILABLE");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_asked_about_is_400() {
    let server = Server::shared();
    let answer = send(layer(&server.url), chat().header("x-api-key", "x".repeat(20_000))).await;
    assert_problem(&answer, 400, "ERR_BAD_REQUEST");
}
