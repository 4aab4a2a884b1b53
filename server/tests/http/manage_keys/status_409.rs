use model::time::DAY;
use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn what_the_life_of_a_key_does_not_allow_is_a_conflict() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let new = json!({"name": "Shop", "environment": "default", "expiresAt": "2026-11-23T00:00:00Z"});
    let key = program.post("/keys", &new).await.json();
    app.provisioned(key["token"].as_str().unwrap()).await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    app.pass(DAY).await;
    let read = program.get(&path).await;
    assert_eq!(read.json()["status"], "expired");
    for (method, path, body) in [
        ("PATCH", path.clone(), json!({"name": "Store"})),
        ("POST", format!("{path}/rotate"), json!({"grace": "now"})),
    ] {
        let answer = program.send(method, &path, &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (409, "ERR_CONFLICT"),
            "{}",
            answer.body
        );
    }
}
