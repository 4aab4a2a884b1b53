//! The node has not heard from the database for too long, so it does not decide.

use model::endpoint::Grant;
use model::time::MINUTE;

use crate::common::TestApp;

#[tokio::test]
async fn a_node_without_its_database_allows_no_request() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    app.pass_in_silence(5 * MINUTE + 1);
    let answer = app.authorize(&key.token, "GET", "/api/v1/img").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.problem(), "ERR_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-latchkey-key-id"), None);
}
