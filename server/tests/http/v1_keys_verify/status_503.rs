//! The node has not loaded its keys, or has not heard from the database for too long, so it does not decide.

use model::endpoint::Grant;
use model::time::MINUTE;
use serde_json::json;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn before_the_keys_are_loaded_every_request_is_refused() {
    let app = TestApp::with(Setup {
        loaded: false,
        ..Setup::default()
    })
    .await;
    let key = app.create_key(Grant::All).await;
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.problem(), "ERR_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_node_without_its_database_stops_answering_until_the_database_is_back() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    app.pass_in_silence(5 * MINUTE);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    app.pass_in_silence(1);
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "code": "ERR_UNAVAILABLE",
      "detail": "This node has not heard from its database for too long to answer from memory.",
      "endpoint": null,
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    app.pass(0).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
