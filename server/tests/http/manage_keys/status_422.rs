use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn what_a_key_is_for_has_bounds() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    let key = program.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let many: Vec<String> = (0..11).map(|number| format!("t{number}")).collect();
    for (field, value) in [
        ("description", json!("x".repeat(201))),
        ("description", json!("a\nb")),
        ("location", json!("x".repeat(201))),
        ("tags", json!(many)),
        ("tags", json!(["x".repeat(33)])),
        ("tags", json!(["a+b"])),
        ("owner", json!("nobody@example.com")),
    ] {
        let answer = program.patch(&path, &json!({field: value})).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{}", answer.body);
    }
    let answer = program
        .post(
            "/keys",
            &json!({"name": "Shop", "environment": "default", "tags": ["a+b"]}),
        )
        .await;
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["field"]),
        (422, &json!("tags"))
    );
}
