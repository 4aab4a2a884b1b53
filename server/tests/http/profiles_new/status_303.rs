//! The bias profile is created, and the answer redirects to its page.

use model::role::Role;
use serde_json::json;

use super::{create, created_profile, delivered, key_with, named, post};
use crate::common::TestApp;

#[tokio::test]
async fn the_profile_is_in_the_list_and_has_a_page() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let mut form = named("Strict");
    form.description = "For the shop.".to_owned();
    let id = create(&app, &form).await;
    for path in ["/profiles", &format!("/profiles/{id}")] {
        let page = app.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.body.contains("Strict") && page.body.contains("For the shop."),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_verifier_delivers_the_bias_profile_with_its_key() {
    let app = TestApp::new().await.with_owner().await;
    let mut form = named("Strict & fair");
    form.on = ["gender", "religion"].map(str::to_owned).into_iter().collect();
    form.threshold[2] = "30".to_owned();
    form.action[2] = "block".to_owned();
    let id = create(&app, &form).await;
    let key = key_with(&app, &id).await;
    let expected = json!({
        "id": id.as_str(),
        "name": "Strict & fair",
        "version": 1,
        "categories": [
            { "category": "gender", "threshold": 30, "action": "block" },
            { "category": "religion", "threshold": 71, "action": "flag" },
        ],
    });
    assert_eq!(delivered(&app, &key).await, expected);
    let answer = app.authorize(&key.token, "GET", "/api/v1/img").await;
    assert_eq!(answer.header("x-latchkey-bias-profile"), Some("Strict%20%26%20fair@1"));
}

#[tokio::test]
async fn the_verifier_delivers_no_profile_for_a_key_without_one() {
    let app = TestApp::new().await.with_owner().await;
    create(&app, &named("Strict")).await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(delivered(&app, &key).await, json!(null));
    let answer = app.authorize(&key.token, "GET", "/api/v1/img").await;
    assert_eq!(answer.header("x-latchkey-bias-profile"), Some(""));
}

#[tokio::test]
async fn the_ends_of_the_scale_are_valid_thresholds() {
    let app = TestApp::new().await.with_owner().await;
    let mut form = named("Edges");
    form.threshold[0] = "0".to_owned();
    form.threshold[1] = "100".to_owned();
    created_profile(&post(&app, "/profiles/new", &form).await);
}

#[tokio::test]
async fn without_a_session_nothing_is_created() {
    let app = TestApp::new().await.with_owner().await;
    let cookies = app.cookies();
    app.forget_cookies();
    let answer = post(&app, "/profiles/new", &named("Strict")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    app.use_cookies(cookies);
    assert!(
        app.get("/profiles")
            .await
            .body
            .contains("Create your first bias profile")
    );
}
