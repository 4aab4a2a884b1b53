//! The edit makes a new version, which is in force at once.

use model::role::Role;
use serde_json::json;

use super::strict;
use crate::common::TestApp;
use crate::profiles_new::{delivered, key_with, post};

#[tokio::test]
async fn the_next_request_gets_the_new_version() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let (id, path, mut form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    assert_eq!(delivered(&app, &key).await["version"], 1);
    form.on = ["gender".to_owned()].into_iter().collect();
    form.threshold[2] = "30".to_owned();
    form.action[2] = "block".to_owned();
    let answer = post(&app, &path, &form).await;
    let page = format!("/profiles/{id}");
    assert_eq!((answer.status, answer.header("location")), (303, Some(page.as_str())));
    let expected = json!({
        "id": id.as_str(),
        "name": "Strict",
        "version": 2,
        "categories": [{ "category": "gender", "threshold": 30, "action": "block" }],
    });
    assert_eq!(delivered(&app, &key).await, expected);
    let answer = app.authorize(&key.token, "GET", "/api/v1/img").await;
    assert_eq!(answer.header("x-latchkey-bias-profile"), Some("Strict@2"));
}

#[tokio::test]
async fn the_page_compares_the_versions() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, mut form) = strict(&app).await;
    form.threshold[2] = "30".to_owned();
    form.action[2] = "block".to_owned();
    post(&app, &path, &form).await;
    let page = app.get(&format!("/profiles/{id}")).await;
    assert!(
        page.body.contains("1 change from version 1 to version 2."),
        "{}",
        page.body
    );
    for words in ["Flag from 71", "Block from 30"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let same = app.get(&format!("/profiles/{id}?from=2&to=2")).await;
    assert!(same.body.contains("Nothing differs."), "{}", same.body);
    let nonsense = app.get(&format!("/profiles/{id}?from=0&to=%3Cscript%3E")).await;
    assert!(nonsense.body.contains("1 change from version 1 to version 2."));
}

#[tokio::test]
async fn a_form_that_changes_nothing_makes_no_version() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    assert_eq!(post(&app, &path, &form).await.status, 303);
    assert_eq!(delivered(&app, &key).await["version"], 1);
}

#[tokio::test]
async fn a_profile_may_change_the_case_of_its_name() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, mut form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    form.name = "STRICT".to_owned();
    assert_eq!(post(&app, &path, &form).await.status, 303);
    assert_eq!(delivered(&app, &key).await["name"], "STRICT");
}

#[tokio::test]
async fn without_a_session_nothing_is_edited() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, mut form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    form.name = "Lax".to_owned();
    app.forget_cookies();
    let answer = post(&app, &path, &form).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(delivered(&app, &key).await["name"], "Strict");
}
