//! Requests that the console's scripts would never send.

use crate::common::TestApp;

#[tokio::test]
async fn a_malformed_request_gets_400() {
    let app = TestApp::new().await.with_owner().await;
    for body in [
        "",
        "{}",
        "{\"query\": 7}",
        "{\"query\": {\"actor\": 7}}",
        "{\"query\": {\"before\": 7}}",
    ] {
        let answer = app
            .post("/api/audit/list")
            .header("content-type", "application/json")
            .body(body)
            .await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.body);
    }
}
