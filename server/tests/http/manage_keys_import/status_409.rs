use model::environment::EnvironmentForm;
use serde_json::json;

use super::{key, sha256};
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_key_that_was_deleted_here_does_not_come_back() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"keys": [key("sk-one"), key("sk-two")]});
    let made = program.post("/keys/import", &body).await.json();
    let id = made["keys"][1]["id"].as_str().unwrap();
    assert_eq!(program.ask("DELETE", &format!("/keys/{id}")).await.status, 204);
    let answer = program.post("/keys/import", &body).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (409, "ERR_CONFLICT"),
        "{}",
        answer.body
    );
    let problem = answer.json();
    assert_eq!(
        problem["detail"],
        "1 of 2 keys cannot be imported. Nothing was written."
    );
    assert_eq!(problem["errors"][0]["field"], "keys[1].sha256");
    assert_eq!(
        problem["errors"][0]["message"],
        format!("This token belonged to {id}, which was deleted here. A key that was deleted does not come back.")
    );
}

#[tokio::test]
async fn a_key_that_differs_is_told_field_by_field() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    program.post("/keys/import", &json!({"keys": [key("sk-one")]})).await;
    let mut other = key("sk-one");
    other["rateLimit"] = json!({"minute": 60});
    other["expiresAt"] = json!("2027-01-01T00:00:00Z");
    let answer = program.post("/keys/import", &json!({"keys": [other]})).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    let errors = answer.json()["errors"].clone();
    let fields: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["keys[0].expiresAt", "keys[0].rateLimit.minute"]);
}

/// To a service account, the keys of other environments than its own do not exist: no answer names one.
#[tokio::test]
async fn a_key_of_another_environment_is_not_named() {
    let app = TestApp::new().await;
    let by = backend::audit::Actor::command_line();
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    app.services.environments.create(&by, &staging).await.unwrap();
    let all = Program::named(&app, "all", "admin", &[]).await;
    let made = all
        .post(
            "/keys/import",
            &json!({"keys": [key("sk-one"), key("sk-two"), key("sk-three")]}),
        )
        .await
        .json();
    let id = |at: usize| made["keys"][at]["id"].as_str().unwrap().to_owned();
    app.provisioned("sk-three").await;
    assert_eq!(all.ask("DELETE", &format!("/keys/{}", id(1))).await.status, 204);
    assert_eq!(
        all.post(&format!("/keys/{}/rotate", id(2)), &json!({"grace": "now"}))
            .await
            .status,
        200
    );

    let kept = Program::named(&app, "kept", "admin", &["staging"]).await;
    for token in ["sk-one", "sk-two", "sk-three"] {
        let new = json!({"sha256": sha256(token), "name": "Mine", "environment": "staging"});
        let answer = kept.post("/keys/import", &json!({"keys": [new]})).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(!answer.body.contains("key_"), "{}", answer.body);
    }
}
