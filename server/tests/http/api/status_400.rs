//! What the browser's half would never send.

use crate::common::TestApp;

#[tokio::test]
async fn a_request_that_cannot_be_read_is_the_senders_mistake() {
    let app = TestApp::new().await.with_owner().await;
    for (path, body) in [
        ("/api/keys/list", ""),
        ("/api/keys/list", "nonsense"),
        ("/api/keys/list", "{}"),
        ("/api/keys/list", "{\"query\": 7}"),
        ("/api/keys/edit", "{\"form\": {\"name\": \"Shop\"}}"),
        ("/api/keys/edit", "{\"id\": \"key_0000000000\", \"form\": 7}"),
        ("/api/keys/rotate", "{\"id\": 7, \"form\": {}}"),
        (
            "/api/keys/explain",
            "{\"id\": \"key_0000000000\", \"form\": {\"path\": 7}}",
        ),
        ("/api/keys/proof", "{\"change\": \"last\"}"),
        ("/api/keys/bulk", "{\"ids\": [], \"action\": \"Reveal\"}"),
        ("/api/keys/bulk", "{\"ids\": \"all\", \"action\": \"Delete\"}"),
        ("/api/profiles/create", "{\"form\": {\"threshold\": 7}}"),
    ] {
        let answer = app
            .post(path)
            .header("content-type", "application/json")
            .body(body)
            .await;
        assert_eq!(answer.status, 400, "{path} {body:?}: {}", answer.body);
    }
}
