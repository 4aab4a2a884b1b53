//! A malformed request gets a problem that says what is wrong and never repeats the key.

use serde_json::{Value, json};

use crate::common::{Answer, TestApp};

const KEY: &str = "sk_live_SECRETsecretSECRETsecretSECRETse000000";

fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 400, "{why}");
    assert_eq!(answer.problem(), "ERR_BAD_REQUEST", "{why}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{why}");
    let body = answer.body.to_lowercase();
    assert!(!body.contains("secret"), "{why}: {body}");
}

async fn refuses(body: &Value) {
    let app = TestApp::new().await;
    assert_refused(&app.verify(body).await, &body.to_string());
}

#[tokio::test]
async fn the_whole_problem_is_right() {
    let app = TestApp::new().await;
    let answer = app.verify(&json!({ "key": KEY })).await;
    assert_eq!(answer.problem(), "ERR_BAD_REQUEST");
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "code": "ERR_BAD_REQUEST",
      "detail": "Say what the key is used for: either “endpoint”, or “method” and “path”.",
      "endpoint": null,
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let app = TestApp::new().await;
    for body in [
        "",
        "null",
        "[]",
        KEY,
        &format!("{{\"key\": \"{KEY}\", \"endpoint\": \"chat\""),
        &format!("{{\"key\": \"{KEY}\", \"endpoint\": {KEY}}}"),
        &format!("{{\"key\": \"{KEY}\", \"key\": \"{KEY}\", \"endpoint\": \"chat\"}}"),
        &format!("key={KEY}&endpoint=chat"),
    ] {
        assert_refused(&app.post("/v1/keys/verify").body(body.to_owned()).await, body);
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_refused() {
    let app = TestApp::new().await;
    let body = b"{\"key\": \"\xff\", \"endpoint\": \"chat\"}".to_vec();
    assert_refused(&app.post("/v1/keys/verify").body(body).await, "invalid UTF-8");
}

#[tokio::test]
async fn fields_of_another_type_are_refused() {
    refuses(&json!({ "key": [KEY], "endpoint": "chat" })).await;
    refuses(&json!({ "key": KEY, "endpoint": 7 })).await;
    refuses(&json!({ "key": null, "endpoint": "chat" })).await;
}

#[tokio::test]
async fn a_request_without_a_key_is_refused() {
    refuses(&json!({ "endpoint": "chat" })).await;
}

#[tokio::test]
async fn a_request_that_names_no_endpoint_is_refused() {
    refuses(&json!({ "key": KEY })).await;
    refuses(&json!({ "key": KEY, "endpoint": "" })).await;
    refuses(&json!({ "key": KEY, "endpoint": null })).await;
}

#[tokio::test]
async fn a_method_without_a_path_and_a_path_without_a_method_are_refused() {
    refuses(&json!({ "key": KEY, "method": "GET" })).await;
    refuses(&json!({ "key": KEY, "path": "/api/v1/img" })).await;
    refuses(&json!({ "key": KEY, "method": "", "path": "/api/v1/img" })).await;
    refuses(&json!({ "key": KEY, "method": "GET", "path": "" })).await;
}

#[tokio::test]
async fn an_endpoint_and_a_path_at_once_are_refused() {
    refuses(&json!({ "key": KEY, "endpoint": "chat", "method": "GET", "path": "/api/v1/img" })).await;
    refuses(&json!({ "key": KEY, "endpoint": "chat", "path": "/api/v1/img" })).await;
}

#[tokio::test]
async fn an_ip_that_is_not_an_address_is_refused() {
    for ip in ["", "localhost", "203.0.113", "203.0.113.9:80", "203.0.113.0/24", KEY] {
        refuses(&json!({ "key": KEY, "endpoint": "chat", "ip": ip })).await;
    }
}

#[tokio::test]
async fn a_change_that_is_not_a_whole_number_is_refused() {
    let app = TestApp::new().await;
    for number in [
        "-1",
        "1.5",
        "\"7\"",
        "1e3",
        "18446744073709551615",
        "9223372036854775808",
        "[]",
        "true",
    ] {
        let body = format!("{{\"key\": \"{KEY}\", \"endpoint\": \"chat\", \"minChange\": {number}}}");
        assert_refused(&app.post("/v1/keys/verify").body(body).await, number);
    }
}
