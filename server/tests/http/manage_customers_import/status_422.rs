use serde_json::{Value, json};

use crate::common::TestApp;
use crate::manage::Program;

fn with(field: &str, value: Value) -> Value {
    let mut customer = json!({"externalId": "wrong", "name": "Wrong"});
    customer[field] = value;
    customer
}

#[tokio::test]
async fn each_wrong_field_is_named_with_its_line_and_nothing_is_written() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    let deep = (0..1_000).fold(json!(1), |value, _| json!([value]));
    for (wrong, field) in [
        (with("externalId", json!("cus_x")), "externalId"),
        (with("externalId", json!("good")), "externalId"),
        (with("externalId", json!(5)), "externalId"),
        (with("name", json!(null)), "name"),
        (with("name", json!("a\u{0}b")), "name"),
        (with("name", json!("x".repeat(101))), "name"),
        (with("metadata", json!([])), "metadata"),
        (with("metadata", json!({"a": "x".repeat(5_000)})), "metadata"),
        (with("rateLimit", json!({"second": 0})), "rateLimit.second"),
        (with("rateLimit", json!({"hour": 1})), "rateLimit.hour"),
        (with("status", json!("gone")), "status"),
        (with("keys", json!(1)), "keys"),
        (with("metadata", json!({ "a": deep })), "metadata"),
    ] {
        let body = json!({"customers": [{"externalId": "good", "name": "Good"}, wrong]});
        let answer = program.post("/customers/import", &body).await;
        assert!(matches!(answer.status, 400 | 422), "{field}: {}", answer.body);
        if answer.status == 422 {
            assert_eq!(
                answer.json()["errors"][0]["field"],
                format!("customers[1].{field}"),
                "{}",
                answer.body
            );
        }
    }
    assert_eq!(program.get("/customers").await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_list_that_is_empty_or_too_long_is_refused() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let many: Vec<Value> = (0..1_001)
        .map(|number| json!({"externalId": format!("c{number}"), "name": "C"}))
        .collect();
    for body in [
        json!({"customers": []}),
        json!({"customers": many}),
        json!({"customers": ["acme"]}),
        json!({}),
    ] {
        let answer = program.post("/customers/import", &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (422, "ERR_INVALID"),
            "{}",
            answer.body
        );
        assert!(
            answer.json()["errors"][0]["field"]
                .as_str()
                .unwrap()
                .starts_with("customers")
        );
    }
    let most = json!({"customers": many[1..]});
    let answer = program.post("/customers/import", &most).await;
    assert_eq!((answer.status, &answer.json()["created"]), (200, &json!(1_000)));
}
