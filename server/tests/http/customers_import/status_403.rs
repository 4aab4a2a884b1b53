//! The role may not change customers.

use model::role::Role;

use super::{count, import};
use crate::common::TestApp;

const SUSPENDED: &str = "external_id,name,status\nacme,Acme,suspended\n";

#[tokio::test]
async fn viewers_import_nothing() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let events = app.audit_events().await;
    let sentence = "Viewers can't create customers. Ask an admin.";
    for page in [
        app.get("/customers/import").await,
        import(&app, &[("lines", "external_id,name\nacme,Acme\n"), ("confirm", "yes")]).await,
    ] {
        assert_eq!(page.status, 403);
        assert!(page.body.contains(sentence), "{}", page.body);
        assert!(!page.body.contains("<textarea"), "{}", page.body);
    }
    assert_eq!(count(&app).await, 0);
    assert!(app.audit_events().await > events, "the refusal was recorded");
    assert!(!app.get("/customers").await.body.contains("/customers/import"));
}

#[tokio::test]
async fn a_developer_suspends_nobody_and_keeps_the_lines() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let page = import(&app, &[("file", SUSPENDED)]).await;
    assert_eq!(page.status, 403);
    assert!(
        page.body
            .contains("Developers can't suspend, resume or delete customers"),
        "{}",
        page.body
    );
    assert!(page.area("lines").contains("acme,Acme,suspended"));
}
