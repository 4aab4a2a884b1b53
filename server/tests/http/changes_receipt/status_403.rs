//! The person may not see the change.

use model::endpoint::Grant;
use model::role::Role;

use super::receipt;
use crate::common::TestApp;

#[tokio::test]
async fn developers_and_viewers_get_no_receipts_of_the_changes_of_others() {
    for role in [Role::Developer, Role::Viewer] {
        let app = TestApp::new().await.with_user(role).await;
        app.create_key(Grant::All).await;
        let change = app.services.cluster.last_change().await.unwrap();
        let events = app.audit_events().await;
        let answer = receipt(&app, change).await;
        assert_eq!(answer.status, 403, "{role:?}");
        assert_eq!(answer.problem(), "forbidden");
        assert_eq!(
            app.audit_events().await,
            events + 1,
            "{role:?}: the refusal was recorded"
        );
    }
}
