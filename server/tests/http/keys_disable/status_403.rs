//! The key belongs to another person.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn developers_and_viewers_cannot_disable_the_keys_of_others() {
    for role in [Role::Developer, Role::Viewer] {
        let app = TestApp::new().await.with_user(role).await;
        let key = app.create_key(Grant::All).await;
        let answer = app.post(&format!("/keys/{}/disable", key.id)).await;
        assert_eq!(answer.status, 403, "{role:?}");
        assert_eq!(app.code(&key.token, "chat").await, "VALID", "{role:?}");
    }
}
