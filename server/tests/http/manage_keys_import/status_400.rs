use serde_json::json;

use super::key;
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    for (query, field) in [
        ("dryRun=yes", "dryRun"),
        ("dryRun=", "dryRun"),
        ("dry_run=true", "dry_run"),
    ] {
        let answer = program
            .post(&format!("/keys/import?{query}"), &json!({"keys": [key("sk-one")]}))
            .await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{query}"
        );
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
    let twice = "/keys/import?dryRun=true&dryRun=true";
    assert_eq!(program.post(twice, &json!({"keys": [key("sk-one")]})).await.status, 400);
    assert_eq!(program.get("/keys").await.json()["data"], json!([]));
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let deep = format!("{{\"keys\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "{", "{\"keys\": [{]}", "{\"keys\": []} {}", &deep] {
        let answer = program
            .ask("POST", "/keys/import")
            .header("content-type", "application/json")
            .body(body.to_owned())
            .await;
        assert!([400, 422].contains(&answer.status), "{}", answer.status);
        answer.problem();
    }
}
