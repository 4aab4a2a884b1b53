//! Without a session, no function answers.

use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn every_function_answers_401_without_a_session() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    for (path, body) in [
        ("/api/audit/list", json!({ "query": {} })),
        ("/api/audit/check", json!({})),
    ] {
        let answer = app.post_json(path, &body).await;
        assert_eq!((answer.status, answer.json()), (401, json!("SignedOut")), "{path}");
    }
}
