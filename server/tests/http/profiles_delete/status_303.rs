//! The bias profile is deleted, with all its versions.

use model::role::Role;

use crate::common::TestApp;
use crate::profiles_new::{create, named};

#[tokio::test]
async fn the_profile_is_deleted_and_its_name_is_free() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = create(&app, &named("Strict")).await;
    let answer = app.post(&format!("/profiles/{id}/delete")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/profiles")));
    assert!(!app.get("/profiles").await.body.contains(id.as_str()));
    assert_eq!(app.get(&format!("/profiles/{id}")).await.status, 404);
    create(&app, &named("Strict")).await;
}

#[tokio::test]
async fn without_a_session_nothing_is_deleted() {
    let app = TestApp::new().await.with_owner().await;
    let id = create(&app, &named("Strict")).await;
    let cookies = app.cookies();
    app.forget_cookies();
    let answer = app.post(&format!("/profiles/{id}/delete")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    app.use_cookies(cookies);
    assert_eq!(app.get(&format!("/profiles/{id}")).await.status, 200);
}
