//! The first example of README.md, which is this file from its first `use` to its last mark.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::routing::post;
use axum::{Extension, Router};
use latchkey_tower::{InvalidUrl, LatchkeyLayer, ValidKey, Verifier};

async fn chat(Extension(key): Extension<ValidKey>) -> String {
    format!("Hello, {}. Your environment is {}.", key.name, key.environment)
}

fn service(latchkey: &str) -> Result<Router, InvalidUrl> {
    let keys = LatchkeyLayer::new(Verifier::new(latchkey)?).client_address(|request| {
        let address = request.extensions.get::<ConnectInfo<SocketAddr>>();
        address.map(|ConnectInfo(address)| address.ip())
    });
    Ok(Router::new().route("/api/v1/chat/completions", post(chat)).layer(keys))
}

// Until here.

use http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::server::Server;

#[test]
fn the_first_example_is_this_file() {
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```rust\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let this = include_str!("readme.rs");
    let begin = this.find("use std").unwrap();
    let end = this.find("\n// Until here.").unwrap();
    assert!(example.starts_with(&this[begin..end]), "README.md and readme.rs differ");
}

#[tokio::test]
async fn the_first_example_works() {
    let server = Server::shared();
    let key = server.key(&["--allow-address", "127.0.0.0/8"]).await;
    let mut request = Request::post("/api/v1/chat/completions")
        .header("x-api-key", &key)
        .body(String::new())
        .unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1234))));
    let answer = service(&server.url).unwrap().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
    assert_eq!(body, "Hello, Shop. Your environment is default.");
}
