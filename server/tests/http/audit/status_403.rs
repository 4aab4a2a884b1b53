//! Viewers and Developers may not read the audit log.

use model::role::Role;
use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn the_answer_says_whom_to_ask() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        for (path, body) in [
            ("/api/audit/list", json!({ "query": {} })),
            ("/api/audit/check", json!({})),
        ] {
            let events = app.audit_events().await;
            let answer = app.post_json(path, &body).await;
            let sentence = format!("{}s can't read the audit log. Ask an admin.", role.title());
            assert_eq!(answer.status, 403, "{path}");
            assert_eq!(answer.error("forbidden"), sentence, "{path}");
            assert_eq!(app.audit_events().await, events + 1, "{path}: the refusal was recorded");
        }
    }
}
