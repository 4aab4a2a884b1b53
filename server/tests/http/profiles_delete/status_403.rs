//! The role may not delete bias profiles.

use model::role::Role;

use crate::common::TestApp;
use crate::profiles_new::{create, named};

#[tokio::test]
async fn viewers_and_developers_cannot_delete_a_profile() {
    let mut app = TestApp::new().await.with_owner().await;
    let id = create(&app, &named("Strict")).await;
    for role in [Role::Viewer, Role::Developer] {
        app = app.with_user(role).await;
        let page = app.post(&format!("/profiles/{id}/delete")).await;
        assert_eq!(page.status, 403, "{role:?}");
        assert!(page.body.contains("can't change bias profiles"), "{}", page.body);
        assert!(
            !page.body.contains("button button--danger"),
            "there is no Delete button"
        );
        assert_eq!(app.get(&format!("/profiles/{id}")).await.status, 200);
    }
}
