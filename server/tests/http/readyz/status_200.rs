//! The node may serve.

use crate::common::TestApp;

#[tokio::test]
async fn a_node_with_a_loaded_index_is_ready_before_there_is_a_user() {
    let answer = TestApp::new().await.get("/readyz").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ready\n"));
}
