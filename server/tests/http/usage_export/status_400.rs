//! The query cannot be read.

use crate::common::TestApp;

#[tokio::test]
async fn a_repeated_field_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let answer = app.get("/usage/export?range=24h&range=30d").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}
