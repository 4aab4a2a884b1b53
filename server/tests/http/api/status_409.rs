//! The request conflicts with the stored state.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::time::DAY;
use serde_json::json;

use super::{TestSubjects, functions};
use crate::common::{TestApp, new_key};

#[tokio::test]
async fn an_expired_key_can_only_be_read_and_deleted() {
    let app = TestApp::new().await.with_owner().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    let subjects = TestSubjects::create(&app, &key).await;
    app.pass(DAY).await;
    app.log_in(model::role::Role::Owner).await;
    let refused = [
        "/api/keys/disable",
        "/api/keys/enable",
        "/api/keys/edit-options",
        "/api/keys/rotate-options",
    ];
    for function in functions(&subjects) {
        let is_refused_form = function.path.ends_with("/rotate") || function.path == format!("/keys/{}/edit", key.id);
        if is_refused_form || refused.contains(&function.path.as_str()) {
            let answer = function.send(&app).await;
            assert_eq!(answer.status, 409, "{}: {}", function.path, answer.body);
            let sentence = answer.error("conflict");
            assert!(sentence.starts_with("“Shop” is expired and cannot be"), "{sentence}");
        }
    }
    assert_eq!(app.code(&key.token, "chat").await, "EXPIRED");
    assert_eq!(
        app.post_json("/api/keys/delete", &json!({ "id": key.id })).await.status,
        200
    );
}
