//! Without a session, the answer leads to the login.

use super::rotate;
use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_nothing_is_rotated() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    app.forget_cookies();
    let answer = rotate(&app, &key.id, "now").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
