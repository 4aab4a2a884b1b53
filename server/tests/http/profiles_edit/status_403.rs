//! The role may not edit bias profiles.

use model::profile_form::ProfileForm;
use model::role::Role;

use super::strict;
use crate::common::TestApp;
use crate::profiles_new::{delivered, key_with, post};

#[tokio::test]
async fn viewers_and_developers_cannot_edit_a_profile() {
    let mut app = TestApp::new().await.with_owner().await;
    let (id, path, mut form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    form.name = "Lax".to_owned();
    for role in [Role::Viewer, Role::Developer] {
        app = app.with_user(role).await;
        let page = post(&app, &path, &form).await;
        assert_eq!(page.status, 403, "{role:?}");
        assert!(page.body.contains("can't change bias profiles"), "{}", page.body);
        let shown = app.get(&format!("/profiles/{id}")).await;
        assert_eq!(shown.status, 200);
        assert!(
            !shown.attributes("href").iter().any(|link| link.contains("/edit")),
            "{role:?}"
        );
    }
    assert_eq!(delivered(&app, &key).await["name"], "Strict");
}

#[tokio::test]
async fn a_role_comes_before_the_profile_and_the_form() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    for id in ["prof_0000000000", "nonsense"] {
        let page = post(&app, &format!("/profiles/{id}/edit"), &ProfileForm::default()).await;
        assert_eq!(page.status, 403, "{id}");
    }
}
