//! Requests that the console's scripts would never send.

use super::default;
use crate::common::TestApp;

#[tokio::test]
async fn a_malformed_request_gets_400() {
    let app = TestApp::new().await.with_owner().await;
    let id = default(&app).await;
    let events = app.audit_events().await;
    for (path, body) in [
        ("create", String::new()),
        ("create", "{}".to_owned()),
        ("create", "{\"form\": \"staging\"}".to_owned()),
        ("create", "{\"form\": {\"name\": 7, \"kind\": \"live\"}}".to_owned()),
        ("rename", "{\"form\": {\"name\": \"x\"}}".to_owned()),
        ("rename", "{\"id\": 7, \"form\": {\"name\": \"x\"}}".to_owned()),
        ("hide", format!("{{\"id\": \"{id}\"}}")),
        ("hide", format!("{{\"id\": \"{id}\", \"hidden\": \"yes\"}}")),
        ("reveal", "{}".to_owned()),
        ("reveal", format!("{{\"id\": [\"{id}\"]}}")),
        ("copied", "{}".to_owned()),
        ("copied", format!("{{\"id\": [\"{id}\"]}}")),
        ("rotate", format!("{{\"id\": \"{id}\", \"form\": {{\"grace\": 7}}}}")),
        ("rotate", format!("{{\"id\": \"{id}\"}}")),
    ] {
        let answer = app
            .post(&format!("/api/environments/{path}"))
            .header("content-type", "application/json")
            .body(body.clone())
            .await;
        assert_eq!(answer.status, 400, "{path} {body:?}: {}", answer.body);
    }
    assert_eq!(app.audit_events().await, events);
}
