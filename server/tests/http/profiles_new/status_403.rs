//! The role may not create bias profiles, or a page of another site sent the form.

use model::role::Role;

use super::{named, post};
use crate::common::TestApp;

#[tokio::test]
async fn viewers_and_developers_cannot_create_a_profile() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        let page = post(&app, "/profiles/new", &named("Strict")).await;
        assert_eq!(page.status, 403, "{role:?}");
        let refusal = format!("{}s can't change bias profiles. Ask an admin.", role.title());
        assert!(page.body.contains(&refusal), "{}", page.body);
        let list = app.get("/profiles").await;
        assert_eq!(list.status, 200);
        assert!(list.body.contains("No bias profiles yet"), "{}", list.body);
        assert!(!list.body.contains("Create Bias Profile"), "{role:?}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_creates_no_profile() {
    let app = TestApp::new().await.with_owner().await;
    let answer = post(&app, "/profiles/new", &named("Strict"))
        .header("origin", "https://evil.example")
        .await;
    assert_eq!(answer.status, 403);
    assert!(
        app.get("/profiles")
            .await
            .body
            .contains("Create your first bias profile")
    );
}
