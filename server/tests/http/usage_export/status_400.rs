//! The query cannot be read.

use crate::common::TestApp;

#[tokio::test]
async fn a_field_that_comes_twice_is_not_guessed_at() {
    let app = TestApp::new().await.with_owner().await;
    let answer = app.get("/usage/export?range=24h&range=30d").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}
