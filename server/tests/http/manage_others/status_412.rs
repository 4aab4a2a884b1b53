use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn every_object_has_a_tag_on_which_changes_depend() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let environment = admin
        .post("/environments", &json!({"name": "staging", "kind": "test"}))
        .await;
    let profile = admin.post("/profiles", &json!({"name": "Strict"})).await;
    let endpoint = admin.get("/endpoints/chat").await;
    for (path, made, body) in [
        (
            format!("/environments/{}", environment.json()["id"].as_str().unwrap()),
            &environment,
            json!({"name": "qa"}),
        ),
        (
            format!("/profiles/{}", profile.json()["id"].as_str().unwrap()),
            &profile,
            json!({"name": "Mild"}),
        ),
        ("/endpoints/chat".to_owned(), &endpoint, json!({"title": "Talk"})),
    ] {
        let tag = made.header("etag").unwrap();
        let answer = admin.patch(&path, &body).header("if-match", tag).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let again = admin.patch(&path, &body).header("if-match", tag).await;
        assert_eq!(
            (again.status, again.problem().as_str()),
            (412, "ERR_PRECONDITION_FAILED"),
            "{path}"
        );
        if !path.starts_with("/environments") {
            let gone = admin.ask("DELETE", &path).header("if-match", tag).await;
            assert_eq!(gone.status, 412, "{path}");
            let now = answer.header("etag").unwrap();
            let gone = admin.ask("DELETE", &path).header("if-match", now).await;
            assert_eq!(gone.status, 204, "{path}: {}", gone.body);
        }
    }
}
