//! A Viewer may not create keys.

use model::role::Role;

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn a_viewer_cannot_create_a_key() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let page = app.post_form("/keys/new", &form(&[])).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Viewers can't create keys."), "{}", page.body);
    assert!(!page.body.contains("sk_live_"));
    assert!(app.get("/keys").await.body.contains("No keys yet"));
}

#[tokio::test]
async fn a_role_comes_before_the_form() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let page = app.post_form("/keys/new", &form(&[("name", "")])).await;
    assert_eq!(page.status, 403);
}
