//! The key belongs to another person, or a page of another site sent the form.

use model::endpoint::Grant;
use model::role::Role;

use super::rotate;
use crate::common::TestApp;

#[tokio::test]
async fn developers_and_viewers_cannot_rotate_the_keys_of_others() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let nobodys = app.create_key(Grant::All).await;
    for role in [Role::Developer, Role::Viewer] {
        app.add_user(role).await;
        app.log_in(role).await;
        for key in [&owners, &nobodys] {
            let page = rotate(&app, &key.id, "now").await;
            assert_eq!(page.status, 403, "{role:?}");
            assert!(
                page.body.contains(match role {
                    Role::Viewer => "Viewers can't",
                    _ => "Developers can change only keys that they created. Ask an admin.",
                }),
                "{}",
                page.body
            );
            assert!(!page.attributes("value").iter().any(|value| value.starts_with("sk_")));
            assert_eq!(app.code(&key.token, "chat").await, "VALID", "{role:?}");
        }
    }
}

#[tokio::test]
async fn a_form_of_another_site_rotates_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let answer = rotate(&app, &key.id, "now")
        .header("sec-fetch-site", "cross-site")
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
