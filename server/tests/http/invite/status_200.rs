//! A person with the link sees the form.

use model::role::Role;

use super::{join, link};
use crate::common::TestApp;

#[tokio::test]
async fn the_page_names_address_and_role_and_opening_it_does_not_use_up_the_link() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Developer).await;
    for _ in 0..2 {
        let page = app.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Join Latchkey"), "{}", page.body);
        assert!(page.body.contains("Developer"), "{}", page.body);
        assert!(page.attributes("value").contains(&"grace@example.com"));
        assert!(page.attributes("action").contains(&link.as_str()));
        assert_eq!(page.field("name"), "");
        assert_eq!(
            page.header("referrer-policy"),
            Some("same-origin"),
            "the link does not leak to another site"
        );
    }
    assert_eq!(join(&app, &link).await.status, 303);
}

#[tokio::test]
async fn the_invitation_is_read_without_a_session() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Viewer).await;
    let secret = link.strip_prefix("/invite?link=").unwrap();
    let body = serde_json::json!({ "link": secret });
    let answer = app.post_json("/api/account/invitation", &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        serde_json::json!({ "email": "grace@example.com", "role": "viewer" })
    );
}
