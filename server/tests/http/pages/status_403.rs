//! A screen says that the role may not use it.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn a_viewer_is_told_who_may_create_keys() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let page = app.get("/keys/new").await;
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("Viewers can't create keys. Ask an admin."),
        "{}",
        page.body
    );
    assert!(!page.body.contains("name=\"form_id\""));
}

#[tokio::test]
async fn a_developer_is_told_that_they_may_change_only_their_own_keys() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_key(Grant::All).await;
    for dialog in ["edit", "rotate", "delete"] {
        let page = app.get(&format!("/keys/{}/{dialog}", key.id)).await;
        assert_eq!(page.status, 403, "{dialog}");
        assert!(
            page.body
                .contains("Developers can change only keys that they created. Ask an admin."),
            "{dialog}: {}",
            page.body
        );
        assert!(!page.body.contains("method=\"post\" action=\"/keys/key_"), "{dialog}");
    }
}

#[tokio::test]
async fn a_viewer_is_told_who_may_change_keys() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    for dialog in ["edit", "rotate", "delete"] {
        let page = app.get(&format!("/keys/{}/{dialog}", key.id)).await;
        assert_eq!(page.status, 403, "{dialog}");
        assert!(
            page.body.contains("Viewers can't change keys. Ask an admin."),
            "{dialog}: {}",
            page.body
        );
    }
}
