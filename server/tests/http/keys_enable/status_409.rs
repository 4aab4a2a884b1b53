//! The status of the key does not permit it to be enabled.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::time::DAY;

use crate::common::{TestApp, new_key};

#[tokio::test]
async fn an_active_key_cannot_be_enabled() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(app.post(&format!("/keys/{}/enable", key.id)).await.status, 409);
}

#[tokio::test]
async fn an_expired_key_stays_expired() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    app.pass(DAY).await;
    let app = app.with_owner().await;
    let answer = app.post(&format!("/keys/{}/enable", key.id)).await;
    assert_eq!(answer.status, 409);
    assert!(
        answer.body.contains("“Shop” is expired and cannot be enabled."),
        "{}",
        answer.body
    );
}
