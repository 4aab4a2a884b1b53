use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn what_does_not_fit_the_present_state_is_a_conflict() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let environments = admin.get("/environments").await.json();
    let only = format!("/environments/{}", environments["data"][0]["id"].as_str().unwrap());
    let profile = admin.post("/profiles", &json!({"name": "Strict"})).await.json();
    let id = profile["id"].as_str().unwrap();
    let key = json!({"name": "Shop", "environment": "default", "biasProfile": id});
    assert_eq!(admin.post("/keys", &key).await.status, 201);
    for (method, path, body) in [
        ("PATCH", only, json!({"hidden": true})),
        ("DELETE", format!("/profiles/{id}"), json!({})),
    ] {
        let answer = admin.send(method, &path, &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (409, "ERR_CONFLICT"),
            "{}",
            answer.body
        );
    }
}
