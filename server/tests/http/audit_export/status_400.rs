//! The query cannot be read.

use crate::common::TestApp;

#[tokio::test]
async fn a_repeated_field_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let events = app.audit_events().await;
    let answer = app.get("/audit/export?action=key&action=user").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(app.audit_events().await, events);
}
