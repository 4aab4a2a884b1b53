//! There is no such change.

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_change_has_no_receipt() {
    let app = TestApp::new().await.with_owner().await;
    for change in ["0", "-1", "1000000", "9223372036854775808", "last", "1.5"] {
        let answer = app.get(&format!("/changes/{change}/receipt.jws")).await;
        assert_eq!(answer.status, 404, "{change}");
        assert_eq!(answer.problem(), "not_found", "{change}");
    }
}
