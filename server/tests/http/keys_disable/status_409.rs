//! The status of the key does not permit it to be disabled.

use model::endpoint::Grant;
use model::status::PROVISIONING_LIMIT;
use model::time::DAY;

use crate::common::TestApp;

async fn disable(app: &TestApp, id: &str) -> (u16, String) {
    let answer = app.post(&format!("/keys/{id}/disable")).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_disabled_key_cannot_be_disabled_again() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(disable(&app, &key.id).await.0, 303);
    let (status, body) = disable(&app, &key.id).await;
    assert_eq!(status, 409);
    assert!(body.contains("“Shop” is inactive and cannot be disabled."), "{body}");
}

#[tokio::test]
async fn provisioning_and_failed_keys_cannot_be_disabled() {
    let app = TestApp::holding_keys_for(DAY).await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    assert_eq!(disable(&app, &key.id).await.0, 409);
    app.pass(PROVISIONING_LIMIT).await;
    let (status, body) = disable(&app, &key.id).await;
    assert_eq!(status, 409);
    assert!(body.contains("“Shop” is failed and cannot be disabled."), "{body}");
}
