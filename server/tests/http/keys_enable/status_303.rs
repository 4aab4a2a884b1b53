//! A disabled key is accepted again.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn the_key_is_accepted_before_the_answer() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    app.post(&format!("/keys/{}/disable", key.id)).await;
    let answer = app.post(&format!("/keys/{}/enable", key.id)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/keys")));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
