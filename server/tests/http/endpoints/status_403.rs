//! Viewers and Developers may not change the catalogue.

use model::role::Role;
use serde_json::json;

use super::{functions, names};
use crate::common::TestApp;

#[tokio::test]
async fn the_answer_says_whom_to_ask() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        let before = names(&app).await;
        for (path, body) in functions()
            .into_iter()
            .filter(|(path, _)| *path != "/api/endpoints/list")
        {
            let events = app.audit_events().await;
            let answer = app.post_json(path, &body).await;
            let sentence = format!(
                "{}s can't change the catalogue of endpoints. Ask an admin.",
                role.title()
            );
            assert_eq!(
                (answer.status, answer.json()),
                (403, json!({ "code": "forbidden", "detail": sentence })),
                "{path}"
            );
            assert_eq!(app.audit_events().await, events + 1, "{path}: the refusal was recorded");
        }
        assert_eq!(names(&app).await, before);
    }
}
