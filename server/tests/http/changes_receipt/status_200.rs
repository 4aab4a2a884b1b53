//! The change is in force everywhere.

use backend::receipts::{LastValid, PublicKeys};
use model::role::Role;
use model::time::{MINUTE, SECOND};

use super::{add_silent_node, disable, receipt};
use crate::common::{Setup, TestApp};

#[tokio::test]
async fn a_receipt_is_a_file_that_the_published_keys_check() {
    let app = TestApp::with(Setup {
        public_url: Some("https://keys.example.com"),
        ..Setup::default()
    })
    .await
    .with_owner()
    .await;
    let key = app.create_own_key("Shop").await;
    app.pass(SECOND).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    let used_at = app.services.now();
    app.pass(SECOND).await;
    let change = disable(&app, &key.id).await;
    let answer = receipt(&app, change).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/jose"));
    assert_eq!(
        answer.header("content-disposition"),
        Some(format!("attachment; filename=\"latchkey-receipt-{change}.jws\"").as_str())
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let published = app.get("/.well-known/jwks.json").await;
    let keys = PublicKeys::from_json(published.body.as_bytes()).unwrap();
    let claims = keys.check(&answer.body).unwrap().claims;
    assert_eq!(claims.iss, "https://keys.example.com");
    assert_eq!((claims.change, claims.action.as_str()), (change, "key.disabled"));
    assert_eq!((claims.subject.id, claims.subject.name.as_str()), (key.id, "Shop"));
    assert_eq!(
        (claims.actor.kind.as_str(), claims.actor.name.as_str()),
        ("user", "owner")
    );
    assert_eq!(claims.last_valid_at, LastValid::At(used_at));
    assert_eq!(claims.nodes.len(), 1);
    assert!(!answer.body.contains(&key.token));

    // Asked again, it is the same one.
    app.pass(MINUTE).await;
    assert_eq!(receipt(&app, change).await.body, answer.body);
}

#[tokio::test]
async fn a_developer_gets_the_receipts_of_own_keys_and_own_changes() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    let disabled = disable(&app, &key.id).await;
    assert_eq!(receipt(&app, disabled).await.status, 200);
    // Once the key is gone, nothing tells whose it was. Who deleted it is known.
    app.post(&format!("/keys/{}/delete", key.id)).await;
    let deleted = app.services.cluster.last_change().await.unwrap();
    assert_eq!(receipt(&app, deleted).await.status, 200);
}

#[tokio::test]
async fn a_silent_node_is_in_the_receipt_once_it_must_have_stopped_answering() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    add_silent_node(&app).await;
    let change = disable(&app, &key.id).await;
    let refuses_at = app.services.now().plus(5 * MINUTE);
    assert_eq!(receipt(&app, change).await.status, 409);
    app.pass(5 * MINUTE).await;
    let answer = receipt(&app, change).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let keys = app.get("/.well-known/jwks.json").await;
    let claims = PublicKeys::from_json(keys.body.as_bytes())
        .unwrap()
        .check(&answer.body)
        .unwrap()
        .claims;
    assert_eq!(claims.in_force_at, refuses_at);
    let silent = claims.nodes.iter().find(|node| node.name == "silent").unwrap();
    assert_eq!((silent.applied_at, silent.refuses_at), (None, Some(refuses_at)));
    // It may have said VALID until then.
    assert_eq!(claims.last_valid_at, LastValid::At(refuses_at));
}

#[tokio::test]
async fn the_history_of_a_key_links_to_the_receipts() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let change = disable(&app, &key.id).await;
    let page = app.get(&format!("/keys/{}?tab=history", key.id)).await;
    let link = format!("/changes/{change}/receipt.jws");
    assert!(page.attributes("href").contains(&link.as_str()), "{}", page.body);
}
