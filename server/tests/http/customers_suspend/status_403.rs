//! The role may not suspend, resume or delete customers.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::{acme, key_of};

#[tokio::test]
async fn viewers_and_developers_cannot_suspend_resume_or_delete_a_customer() {
    let mut app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    for role in [Role::Viewer, Role::Developer] {
        app = app.with_user(role).await;
        for step in ["suspend", "resume", "delete"] {
            let path = format!("/customers/{id}/{step}");
            let page = app.post(&path).await;
            assert_eq!(page.status, 403, "{role:?} {step}");
            let refusal = format!("{}s can't suspend, resume or delete customers.", role.title());
            assert!(page.body.contains(&refusal), "{}", page.body);
            assert!(!page.body.contains("button button--danger"), "there is no button");
        }
    }
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
