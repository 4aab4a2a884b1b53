//! Without a session, the answer leads to the login.

use crate::common::TestApp;

#[tokio::test]
async fn the_audit_log_needs_a_session() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let events = app.audit_events().await;
    for path in [
        "/audit/export",
        "/audit/export?action=key",
        "/audit/export?from=nonsense",
    ] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login")),
            "{path}"
        );
        assert!(answer.body.is_empty(), "{}", answer.body);
    }
    assert_eq!(app.audit_events().await, events);
}
