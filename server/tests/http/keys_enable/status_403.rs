//! The key belongs to another person.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn a_developer_cannot_enable_the_key_of_another_person() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    app.post(&format!("/keys/{}/disable", key.id)).await;
    let app = app.with_user(Role::Developer).await;
    assert_eq!(app.post(&format!("/keys/{}/enable", key.id)).await.status, 403);
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
}
