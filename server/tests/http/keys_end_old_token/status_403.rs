//! The key belongs to another person, or a page of another site sent the form.

use model::role::Role;

use super::Rotated;
use crate::common::TestApp;

#[tokio::test]
async fn developers_and_viewers_cannot_end_the_tokens_of_others() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    for role in [Role::Developer, Role::Viewer] {
        app.add_user(role).await;
        app.log_in(role).await;
        let screen = app.get(&format!("/keys/{}", rotated.key.id)).await;
        assert_eq!(screen.status, 200, "{role:?}");
        assert!(!screen.body.contains("End now"), "{role:?} sees the button");
        let page = rotated.end(&app).await;
        assert_eq!(page.status, 403, "{role:?}");
        assert!(
            page.body.contains(match role {
                Role::Viewer => "Viewers can't",
                _ => "Developers can change only keys that they created. Ask an admin.",
            }),
            "{}",
            page.body
        );
        assert_eq!(app.code(&rotated.key.token, "chat").await, "VALID", "{role:?}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_ends_no_token() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    let answer = rotated.end(&app).header("sec-fetch-site", "cross-site").await;
    assert_eq!(answer.status, 403);
    assert_eq!(app.code(&rotated.key.token, "chat").await, "VALID");
}
