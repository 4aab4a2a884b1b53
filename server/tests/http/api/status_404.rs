//! There is no such key, or no such function.

use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_key_is_named_as_missing() {
    let app = TestApp::new().await.with_owner().await;
    for function in ["progress", "delete-preview", "disable", "enable", "delete"] {
        for id in ["key_0000000000", "", "' OR 1=1 --"] {
            let answer = app
                .post_json(&format!("/api/keys/{function}"), &json!({ "id": id }))
                .await;
            assert_eq!(answer.status, 404, "{function} {id}: {}", answer.body);
            assert!(answer.json()["NotFound"].is_string(), "{function} {id}");
        }
    }
}

#[tokio::test]
async fn an_unknown_function_is_not_there() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(app.post_json("/api/no/such", &json!({})).await.status, 404);
}
