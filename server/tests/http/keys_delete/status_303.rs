//! The key is deleted.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn the_key_is_refused_from_then_on() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    let answer = app.post(&format!("/keys/{}/delete", key.id)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/keys")));
    assert_eq!(app.code(&key.token, "chat").await, "NOT_FOUND");
    assert!(!app.get("/keys").await.body.contains(&key.id));
}

#[tokio::test]
async fn the_answer_leads_back_to_the_searched_list() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let answer = app
        .post(&format!("/keys/{}/delete?search=sh&status=active", key.id))
        .await;
    assert_eq!(answer.header("location"), Some("/keys?search=sh&status=active"));
}

#[tokio::test]
async fn a_developer_deletes_their_own_keys_and_an_admin_all_keys() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let own = app.create_own_key("Shop").await;
    assert_eq!(
        app.post(&format!("/keys/{}/delete", own.id)).await.header("location"),
        Some("/keys")
    );
    let other = app.create_own_key("Depot").await;
    let nobodys = app.create_key(Grant::All).await;
    let app = app.with_user(Role::Admin).await;
    for key in [other, nobodys] {
        assert_eq!(
            app.post(&format!("/keys/{}/delete", key.id)).await.header("location"),
            Some("/keys")
        );
        assert_eq!(app.code(&key.token, "chat").await, "NOT_FOUND");
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_deleted() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    app.forget_cookies();
    let answer = app.post(&format!("/keys/{}/delete", key.id)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
