//! There is no such endpoint in the catalogue.

use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_or_deleted_thing_is_reported_as_missing() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(
        app.post_json("/api/endpoints/retire", &json!({ "name": "image" }))
            .await
            .status,
        200
    );
    let events = app.audit_events().await;
    for name in ["image", "nothing", "", "CHAT", "' OR 1=1 --"] {
        for (path, body) in [
            ("/api/endpoints/edit", json!({ "name": name, "title": "New" })),
            ("/api/endpoints/retire", json!({ "name": name })),
        ] {
            let answer = app.post_json(path, &body).await;
            assert_eq!(answer.status, 404, "{path} {name:?}: {}", answer.body);
            let sentence = "There is no such endpoint in the catalogue. It may have been retired.";
            assert_eq!(answer.error("not_found"), sentence);
        }
    }
    assert_eq!(app.audit_events().await, events);
}
