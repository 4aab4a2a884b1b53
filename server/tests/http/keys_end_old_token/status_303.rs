//! The old token ends early.

use model::role::Role;

use super::Rotated;
use crate::common::TestApp;

#[tokio::test]
async fn the_old_token_is_refused_before_the_answer_and_the_new_one_is_not() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let rotated = Rotated::own(&app).await;
    assert_eq!(app.code(&rotated.key.token, "chat").await, "VALID");
    let screen = format!("/keys/{}", rotated.key.id);
    let answer = rotated.end(&app).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some(screen.as_str())));
    assert_eq!(app.code(&rotated.key.token, "chat").await, "NOT_FOUND");
    assert_eq!(app.code(&rotated.new, "chat").await, "VALID");
    assert!(!app.get(&screen).await.body.contains("Old and new token"));
}

#[tokio::test]
async fn the_forms_value_does_not_reveal_the_old_token() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    assert!(!rotated.key.token.contains(&rotated.field));
    assert_eq!(app.code(&rotated.field, "chat").await, "NOT_FOUND");
    let screen = app.get(&format!("/keys/{}", rotated.key.id)).await;
    for token in [&rotated.key.token, &rotated.new] {
        assert!(!screen.body.contains(token.as_str()));
    }
}

#[tokio::test]
async fn without_a_session_no_token_is_ended() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    app.forget_cookies();
    let answer = rotated.end(&app).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(app.code(&rotated.key.token, "chat").await, "VALID");
}
