//! Requests that the console's scripts would never send.

use crate::common::TestApp;

#[tokio::test]
async fn a_malformed_request_gets_400() {
    let app = TestApp::new().await.with_owner().await;
    for (path, body) in [
        ("/api/endpoints/create", ""),
        ("/api/endpoints/create", "{}"),
        ("/api/endpoints/create", "{\"form\": {\"patterns\": [\"GET /x\"]}}"),
        ("/api/endpoints/edit", "{\"name\": \"chat\"}"),
        ("/api/endpoints/edit", "{\"title\": \"Chat\"}"),
        ("/api/endpoints/edit", "{\"name\": \"chat\", \"title\": 7}"),
        ("/api/endpoints/retire", "{}"),
        ("/api/endpoints/retire", "{\"name\": null}"),
        ("/api/endpoints/retire", "chat"),
    ] {
        let answer = app
            .post(path)
            .header("content-type", "application/json")
            .body(body)
            .await;
        assert_eq!(answer.status, 400, "{path} {body:?}: {}", answer.body);
    }
    assert_eq!(super::names(&app).await.1, [""; 0]);
}
