//! The public keys, for everybody.

use backend::audit::Actor;
use http::Request;
use model::endpoint::Grant;
use model::time::SECOND;
use serde_json::json;
use tower::ServiceExt as _;

use crate::common::TestApp;

#[tokio::test]
async fn everybody_gets_the_public_keys_and_may_keep_them() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let empty = app.get("/.well-known/jwks.json").await;
    assert_eq!((empty.status, empty.json()), (200, json!({ "keys": [] })));
    assert_eq!(
        empty.header("cache-control"),
        Some("no-cache"),
        "the first receipt makes a key"
    );

    app.create_key(Grant::All).await;
    let change = app.services.cluster.last_change().await.unwrap();
    let by = Actor::command_line();
    app.services.receipts.issue(&by, change, None).await.unwrap();
    app.pass(SECOND).await;
    let answer = app.get("/.well-known/jwks.json").await;
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let keys = answer.json();
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let mut members: Vec<&str> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    // No private part (`d`).
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["crv"], &keys[0]["alg"], &keys[0]["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
}

#[tokio::test]
async fn the_address_of_the_verifier_has_them_too() {
    let app = TestApp::new().await;
    let verifier = server::http::verifier_alone(&app.services, Vec::new());
    let request = Request::get(server::http::jwks::PATH)
        .body(axum::body::Body::empty())
        .unwrap();
    let response = verifier.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/jwk-set+json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}
