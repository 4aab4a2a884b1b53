//! Nobody finds anything without a session.

use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_nothing_is_found() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let answer = app
        .post_json("/api/find", &json!({ "text": "shop", "here": null }))
        .await;
    assert_eq!(answer.status, 401, "{}", answer.body);
}
