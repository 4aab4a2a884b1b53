use serde_json::json;

use super::create;
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn only_an_administrator_suspends_and_deletes() {
    let app = TestApp::new().await;
    let developer = Program::named(&app, "developer", "developer", &[]).await;
    let viewer = Program::named(&app, "viewer", "viewer", &[]).await;
    create(&developer, "acme").await;
    let path = "/customers/external:acme";
    let events = app.audit_events().await;
    for refused in [
        developer.patch(path, &json!({"status": "suspended"})).await,
        // Nothing of it is done.
        developer
            .patch(path, &json!({"name": "Other", "status": "suspended"}))
            .await,
        developer.ask("DELETE", path).await,
        viewer
            .post("/customers", &json!({"externalId": "x", "name": "X"}))
            .await,
        viewer.patch(path, &json!({"name": "Other"})).await,
    ] {
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (403, "ERR_FORBIDDEN"),
            "{}",
            refused.body
        );
    }
    assert_eq!(app.audit_events().await, events + 5, "the refusals are recorded");
    assert_eq!(viewer.get(path).await.json()["name"], "acme");
    // The status that it has is no change.
    let same = json!({"status": "active", "name": "Acme"});
    assert_eq!(developer.patch(path, &same).await.status, 200);
}

#[tokio::test]
async fn a_service_account_that_is_kept_to_an_environment_changes_no_customer() {
    let app = TestApp::new().await;
    let kept = Program::new(&app, "admin", &["default"]).await;
    create(&kept, "acme").await;
    let path = "/customers/external:acme";
    for refused in [
        kept.patch(path, &json!({"name": "Other"})).await,
        kept.patch(path, &json!({"status": "suspended"})).await,
        kept.ask("DELETE", path).await,
    ] {
        assert_eq!(refused.status, 403, "{}", refused.body);
    }
    assert_eq!(kept.get(path).await.status, 200);
}
