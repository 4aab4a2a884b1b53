//! Who may gets an answer.

use model::role::Role;
use serde_json::json;

use super::functions;
use crate::common::TestApp;

#[tokio::test]
async fn whoever_may_gets_an_answer_that_is_stored_nowhere() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let key_id = if role >= Role::Developer {
            app.create_own_key("Shop").await.id
        } else {
            app.create_key(model::endpoint::Grant::All).await.id
        };
        for function in functions(&key_id).into_iter().filter(|function| role >= function.least) {
            let answer = app.post_json(function.path, &function.body).await;
            assert_eq!(answer.status, 200, "{role:?} {}: {}", function.path, answer.body);
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", function.path);
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{}",
                function.path
            );
        }
    }
}

#[tokio::test]
async fn a_list_never_carries_a_token() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for path in ["/api/keys/list", "/api/keys/progress", "/api/keys/delete-preview"] {
        let answer = app.post_json(path, &json!({ "query": {}, "id": key.id })).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains(&key.token), "{path}");
    }
}

#[tokio::test]
async fn a_form_is_answered_with_the_token_once() {
    let app = TestApp::new().await.with_owner().await;
    let form = json!({ "form": { "name": "Shop", "environment": "default", "form_id": "form-1" } });
    let token = app.post_json("/api/keys/create", &form).await.json()["Created"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(model::token::check(&token).is_ok());
    let again = app.post_json("/api/keys/create", &form).await;
    assert_eq!(again.json()["AlreadyCreated"]["name"], "Shop");
    assert!(!again.body.contains(&token));
}

#[tokio::test]
async fn an_answer_never_leads_to_another_site() {
    let app = TestApp::new().await.with_owner().await;
    let answer = app
        .post_json("/api/keys/list", &json!({ "query": {} }))
        .header("accept", "text/html")
        .header("referer", "https://evil.example/")
        .await;
    assert_eq!((answer.status, answer.header("location")), (200, None));
}
