//! The query cannot be read.

use crate::common::TestApp;

#[tokio::test]
async fn a_query_that_nobody_understands_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    for query in ["format=xml", "status=gone", "format=csv&format=jsonl"] {
        let answer = app.get(&format!("/customers/export?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
}
