use serde_json::{Value, json};

use super::create;
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn each_wrong_field_is_named() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    create(&program, "acme").await;
    let deep: Value = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for (wrong, field) in [
        (json!({"name": "X"}), "externalId"),
        (json!({"externalId": "acme", "name": "X"}), "externalId"),
        (json!({"externalId": "cus_0123456789", "name": "X"}), "externalId"),
        (json!({"externalId": "x\u{0000}", "name": "X"}), "externalId"),
        (json!({"externalId": "x".repeat(129), "name": "X"}), "externalId"),
        (json!({"externalId": "x", "name": "a\nb"}), "name"),
        (json!({"externalId": "x", "name": "X", "metadata": []}), "metadata"),
        (json!({"externalId": "x", "name": "X", "metadata": "{"}), "metadata"),
        (
            json!({"externalId": "x", "name": "X", "metadata": {"a": deep}}),
            "metadata",
        ),
        (
            json!({"externalId": "x", "name": "X", "metadata": {"a": "x".repeat(4_096)}}),
            "metadata",
        ),
        (
            json!({"externalId": "x", "name": "X", "rateLimit": {"day": 0}}),
            "rateLimit.day",
        ),
        (json!({"externalId": "x", "name": "X", "rateLimit": []}), "rateLimit"),
        (json!({"externalId": "x", "name": "X", "keys": 3}), "keys"),
    ] {
        let refused = program.post("/customers", &wrong).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.body);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.body);
    }
    // A key names a customer that exists, with its own metadata within the same bounds.
    for (field, value) in [
        ("customer", json!("external:nobody")),
        ("customer", json!("key_0123456789")),
        ("metadata", json!([1])),
    ] {
        let mut new = json!({"name": "Shop", "environment": "default"});
        new[field] = value;
        let refused = program.post("/keys", &new).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.body);
    }
}

/// The parser of JSON stops at 128 levels by itself, and a longer chain comes as text.
#[tokio::test]
async fn metadata_nested_a_thousand_deep_is_refused() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = format!(r#"{{"externalId": "x", "name": "X", "metadata": {{"a": {deep}}}}}"#);
    let refused = program
        .ask("POST", "/customers")
        .header("content-type", "application/json")
        .body(body)
        .await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.json()["errors"][0]["field"], "metadata", "{}", refused.body);
}
