use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_parameter_that_is_not_known_is_named() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"customers": [{"externalId": "acme", "name": "Acme"}]});
    for (query, field) in [("dryRun=maybe", "dryRun"), ("dryRun=", "dryRun"), ("dry=true", "dry")] {
        let answer = program.post(&format!("/customers/import?{query}"), &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{query}"
        );
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    assert_eq!(program.get("/customers").await.json()["data"], json!([]));
}
