//! There is no such key.

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_key_cannot_be_disabled() {
    let app = TestApp::new().await.with_owner().await;
    for id in ["key_0000000000", "nonsense"] {
        assert_eq!(app.post(&format!("/keys/{id}/disable")).await.status, 404, "{id}");
    }
}
