//! A role that may not.

use model::endpoint::Grant;
use model::role::Role;

use super::functions;
use crate::common::TestApp;

#[tokio::test]
async fn a_role_below_the_least_is_refused_with_a_sentence() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    for function in functions(&key.id)
        .into_iter()
        .filter(|function| function.least > Role::Viewer)
    {
        let answer = app.post_json(function.path, &function.body).await;
        assert_eq!(answer.status, 403, "{}: {}", function.path, answer.body);
        let sentence = answer.json()["Forbidden"].as_str().unwrap().to_owned();
        assert!(
            sentence.starts_with("As a Viewer you cannot"),
            "{}: {sentence}",
            function.path
        );
    }
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_developer_changes_own_keys_only() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let app = app.with_user(Role::Developer).await;
    let change = [
        "/api/keys/delete-preview",
        "/api/keys/disable",
        "/api/keys/enable",
        "/api/keys/delete",
    ];
    for function in functions(&owners.id)
        .into_iter()
        .filter(|function| change.contains(&function.path))
    {
        let answer = app.post_json(function.path, &function.body).await;
        assert_eq!(answer.status, 403, "{}: {}", function.path, answer.body);
    }
    assert_eq!(app.code(&owners.token, "chat").await, "VALID");
}
