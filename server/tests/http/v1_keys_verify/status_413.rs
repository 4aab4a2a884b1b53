//! The request is larger than 16 KiB.

use serde_json::json;

use crate::common::TestApp;

const LIMIT: usize = 16 * 1024;

#[tokio::test]
async fn a_larger_request_gets_a_problem_without_its_content() {
    let app = TestApp::new().await;
    let answer = app
        .verify(&json!({ "key": "k".repeat(LIMIT), "endpoint": "chat" }))
        .await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.problem(), "ERR_TOO_LARGE");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.body.contains("kkkk"));
}

#[tokio::test]
async fn a_request_of_the_largest_size_is_read() {
    let app = TestApp::new().await;
    let frame = json!({ "key": "", "endpoint": "chat" }).to_string().len();
    let answer = app
        .verify(&json!({ "key": "k".repeat(LIMIT - frame), "endpoint": "chat" }))
        .await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (200, Some("NOT_FOUND"))
    );
}
