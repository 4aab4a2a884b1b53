//! The key belongs to another person, or a page of another site sent the form.

use model::endpoint::Grant;
use model::role::Role;

use super::Form;
use crate::common::TestApp;

#[tokio::test]
async fn developers_and_viewers_cannot_edit_the_keys_of_others() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let nobodys = app.create_key(Grant::All).await;
    let forms = [
        Form::open(&app, &owners.id).await.with("status", "inactive"),
        Form::open(&app, &nobodys.id).await.with("status", "inactive"),
    ];
    for (role, why) in [
        (
            Role::Developer,
            "Developers can change only keys that they created. Ask an admin.",
        ),
        (Role::Viewer, "Viewers can't"),
    ] {
        app.add_user(role).await;
        app.log_in(role).await;
        for form in &forms {
            let page = form.send(&app).await;
            assert_eq!(page.status, 403, "{role:?}");
            assert!(page.body.contains(why), "{role:?}: {}", page.body);
        }
    }
    for key in [owners, nobodys] {
        assert_eq!(app.code(&key.token, "chat").await, "VALID");
    }
}

#[tokio::test]
async fn a_form_of_another_site_edits_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let answer = app
        .post_form(
            &format!("/keys/{}/edit", key.id),
            &[("name", "Shop"), ("status", "inactive"), ("expires", "keep")],
        )
        .header("sec-fetch-site", "cross-site")
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
