//! Requests that the console's scripts would never send.

use super::by_scripts;
use crate::common::TestApp;

#[tokio::test]
async fn a_malformed_request_gets_400() {
    let app = TestApp::new().await.with_owner().await;
    for (path, body) in [
        ("/api/keys/list", ""),
        ("/api/keys/list", "nonsense"),
        ("/api/keys/list", "{}"),
        ("/api/keys/list", "{\"query\": 7}"),
        (
            "/api/keys/explain",
            "{\"id\": \"key_0000000000\", \"form\": {\"path\": 7}}",
        ),
        ("/api/keys/proof", "{\"change\": \"last\"}"),
        ("/api/keys/bulk", "{\"ids\": [], \"action\": \"Reveal\"}"),
        ("/api/keys/bulk", "{\"ids\": \"all\", \"action\": \"Delete\"}"),
    ] {
        let answer = app
            .post(path)
            .header("content-type", "application/json")
            .body(body)
            .await;
        assert_eq!(answer.status, 400, "{path} {body:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_unreadable_form_gets_400() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let many = vec![("name", "Shop"); 20_000];
    for (path, fields) in [
        ("/keys/new".to_owned(), &many[..]),
        (format!("/keys/{}/edit", key.id), &many),
        (
            format!("/keys/{}/rotate", key.id),
            &[("grace", "now"), ("grace", "24h")],
        ),
        ("/profiles/new".to_owned(), &[("threshold", "7"); 10]),
    ] {
        let answer = by_scripts(&app, &path, fields).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.json()["Refused"].is_string(), "{path}: {}", answer.body);
    }
}
