use serde_json::{Value, json};

use super::{key, sha256};
use crate::common::TestApp;
use crate::manage::Program;

fn with(field: &str, value: Value) -> Value {
    let mut key = key("sk-wrong");
    key[field] = value;
    key
}

#[tokio::test]
async fn each_wrong_field_is_named_with_its_line() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let deep = (0..100).fold(json!(1), |value, _| json!([value]));
    let cases = [
        (with("sha256", json!("")), "sha256"),
        (with("sha256", json!("sk-wrong")), "sha256"),
        (with("sha256", json!(sha256(""))), "sha256"),
        (with("sha256", json!("f".repeat(500_000))), "sha256"),
        (with("sha256", json!(5)), "sha256"),
        (with("sha256", deep), "sha256"),
        (with("lastFour", json!("12345")), "lastFour"),
        (with("lastFour", json!("a\u{1}bc")), "lastFour"),
        (with("enabled", json!(null)), "enabled"),
        (with("enabled", json!("yes")), "enabled"),
        (with("name", json!("a\u{0}b")), "name"),
        (with("name", json!("x".repeat(101))), "name"),
        (with("environment", json!("nowhere")), "environment"),
        (with("endpoints", json!([])), "endpoints"),
        (with("endpoints", json!(["nothing"])), "endpoints"),
        (with("biasProfile", json!("prof_0000000000")), "biasProfile"),
        (with("expiresAt", json!("2001-01-01T00:00:00Z")), "expiresAt"),
        (with("rateLimit", json!({"second": 0})), "rateLimit.second"),
        (with("allowedAddresses", json!(["nowhere"])), "allowedAddresses"),
        (with("token", json!("sk-wrong")), "token"),
    ];
    for (wrong, field) in cases {
        let body = json!({"keys": [key("sk-right"), wrong]});
        let answer = program.post("/keys/import", &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (422, "ERR_INVALID"),
            "{field}: {}",
            answer.body
        );
        assert_eq!(
            answer.json()["errors"][0]["field"],
            format!("keys[1].{field}"),
            "{}",
            answer.body
        );
        assert!(answer.body.len() < 2_000, "what was sent is not repeated");
    }
    assert_eq!(program.get("/keys").await.json()["data"], json!([]));
}

#[tokio::test]
async fn all_wrong_lines_are_told_at_once() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"keys": [key("sk-one"), with("name", json!("")), key("sk-one"), with("sha256", json!("x"))]});
    let answer = program.post("/keys/import", &body).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    let problem = answer.json();
    assert_eq!(
        problem["detail"],
        "3 of 4 keys cannot be imported. Nothing was written."
    );
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["keys[1].name", "keys[2].sha256", "keys[3].sha256"]);
    assert_eq!(problem["errors"][1]["message"], "Line 1 has the same token.");
}

#[tokio::test]
async fn there_is_a_bound_on_a_request() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    for (keys, field) in [
        (json!([]), "keys"),
        (json!(vec![key("sk-one"); 1_001]), "keys"),
        (json!("x"), "keys"),
        (json!([[sha256("sk-one"), null, true, "Shop", "default"]]), "keys[0]"),
        (json!([null]), "keys[0]"),
    ] {
        let answer = program.post("/keys/import", &json!({"keys": keys})).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    // Many endpoints together would hold up the changes of others.
    let many: Vec<Value> = (0..21)
        .map(|number| {
            let mut key = key(&format!("sk-{number}"));
            key["endpoints"] = json!(vec!["chat"; 1_000]);
            key
        })
        .collect();
    let answer = program.post("/keys/import", &json!({"keys": many})).await;
    assert_eq!(
        (answer.status, answer.json()["errors"][0]["field"].clone()),
        (422, json!("keys"))
    );
    let large = json!({"keys": [with("name", json!("x".repeat(1_100_000)))]});
    assert_eq!(program.post("/keys/import", &large).await.status, 413);
}
