//! A client that has lost the answer sends its request again, perhaps to another node. That node answers only once it decides by the
//! change that the answer tells of.

use model::endpoint::Grant;
use serde_json::json;

use super::Program;
use crate::common::TestApp;

/// A program that asks another node with the same token.
fn at<'a>(node: &'a TestApp, program: &Program<'_>) -> Program<'a> {
    Program {
        app: node,
        token: program.token.clone(),
    }
}

#[tokio::test]
async fn a_token_in_an_answer_that_is_given_again_is_known_there() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let node = app.another_node().await;
    let body = json!({"name": "Shop", "environment": "default"});
    let lost = program.post("/keys", &body).header("idempotency-key", "order-1").await;
    let token = lost.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        node.code(&token, "chat").await,
        "NOT_FOUND",
        "the other node has heard of nothing"
    );
    let again = at(&node, &program)
        .post("/keys", &body)
        .header("idempotency-key", "order-1")
        .await;
    assert_eq!((again.status, &again.body), (lost.status, &lost.body));
    assert_ne!(node.code(&token, "chat").await, "NOT_FOUND");
}

/// An import that finds its keys there already changes nothing, and its client may use them as well.
#[tokio::test]
async fn keys_that_another_import_has_made_are_known_there() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let node = app.another_node().await;
    let body = json!({"keys": [crate::manage_keys_import::key("acme.secret")]});
    assert_eq!(program.post("/keys/import", &body).await.json()["created"], 1);
    assert_eq!(node.code("acme.secret", "chat").await, "NOT_FOUND");
    let again = at(&node, &program).post("/keys/import", &body).await;
    assert_eq!(again.json()["unchanged"], 1, "{}", again.body);
    assert_ne!(node.code("acme.secret", "chat").await, "NOT_FOUND");
}

#[tokio::test]
async fn a_key_that_was_disabled_before_is_refused_there() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let admin = Program::new(&app, "admin", &[]).await;
    let node = app.another_node().await;
    let (path, body) = (format!("/keys/{}", key.id), json!({"status": "inactive"}));
    let lost = admin.patch(&path, &body).await;
    assert_eq!(lost.status, 200, "{}", lost.body);
    assert_eq!(node.code(&key.token, "chat").await, "VALID");
    let again = at(&node, &admin).patch(&path, &body).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(node.code(&key.token, "chat").await, "INACTIVE");
}

#[tokio::test]
async fn a_key_that_was_deleted_before_is_unknown_there() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let admin = Program::new(&app, "admin", &[]).await;
    let node = app.another_node().await;
    let path = format!("/keys/{}", key.id);
    assert_eq!(admin.ask("DELETE", &path).await.status, 204);
    assert_eq!(node.code(&key.token, "chat").await, "VALID");
    assert_eq!(at(&node, &admin).ask("DELETE", &path).await.status, 404);
    assert_eq!(node.code(&key.token, "chat").await, "NOT_FOUND");
}
