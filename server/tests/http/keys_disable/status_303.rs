//! The key is refused until it is enabled again.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn the_key_is_refused_before_the_answer() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    let answer = app.post(&format!("/keys/{}/disable?search=sh", key.id)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/keys?search=sh"))
    );
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
    assert!(app.get("/keys").await.body.contains("Enable Shop"));
}

#[tokio::test]
async fn without_a_session_nothing_is_disabled() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    app.forget_cookies();
    let answer = app.post(&format!("/keys/{}/disable", key.id)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
