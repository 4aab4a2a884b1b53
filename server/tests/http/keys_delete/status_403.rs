//! The key belongs to another person, or the role may not delete keys.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::{Key, TestApp};

async fn assert_refused(app: &TestApp, key: &Key) {
    let page = app.post(&format!("/keys/{}/delete", key.id)).await;
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("Developers can change only keys that they created"),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_developer_can_delete_neither_the_key_of_another_person_nor_one_without_owner() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let nobodys = app.create_key(Grant::All).await;
    let app = app.with_user(Role::Developer).await;
    assert_refused(&app, &owners).await;
    assert_refused(&app, &nobodys).await;
}

#[tokio::test]
async fn a_viewer_cannot_delete_a_key() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    let page = app.post(&format!("/keys/{}/delete", key.id)).await;
    assert_eq!(page.status, 403);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
