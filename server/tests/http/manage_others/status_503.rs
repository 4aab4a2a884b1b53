use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_database_that_is_away_is_a_problem_with_a_time_to_wait() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    app.services.close().await.unwrap();
    for call in [
        admin.get("/keys"),
        admin.post("/keys", &json!({"name": "Shop", "environment": "default"})),
    ] {
        let answer = call.await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (503, "ERR_UNAVAILABLE"),
            "{}",
            answer.body
        );
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
