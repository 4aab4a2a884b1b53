//! Viewers and Developers may not export the audit log, and their attempts are recorded in it.

use backend::audit::Actor;
use model::audit::AuditQuery;
use model::role::Role;

use crate::common::{TestApp, email};

#[tokio::test]
async fn the_answer_says_whom_to_ask_and_the_refusal_is_recorded() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        let events = app.audit_events().await;
        let answer = app.get("/audit/export?action=key&subject=secret").await;
        let sentence = format!("{}s can't read the audit log. Ask an admin.\n", role.title());
        assert_eq!((answer.status, answer.body.as_str()), (403, sentence.as_str()));
        assert_eq!(app.audit_events().await, events + 1);
        let event = app
            .services
            .audit
            .list(&Actor::command_line(), &AuditQuery::default())
            .await
            .unwrap()
            .events
            .remove(0);
        assert_eq!(
            (event.action.as_str(), event.details.as_str()),
            ("console.refused", "GET /audit/export")
        );
        assert_eq!(event.subject_name, Some(email(role)));
        assert_eq!(event.address.as_deref(), Some("203.0.113.7"));
    }
}
