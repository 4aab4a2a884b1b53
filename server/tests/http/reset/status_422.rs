//! The password is refused. The link still works.

use model::role::Role;

use super::{link, reset};
use crate::common::{PASSWORD, TestApp, email};

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_still_works() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let link = link(&app).await;
    for password in ["", "short", "123456789012"] {
        let answer = reset(&app, &link, password).await;
        assert_eq!(answer.status, 422, "{password}");
        assert!(
            answer.attributes("action").contains(&link.as_str()),
            "the form can be sent again"
        );
    }
    assert_eq!(reset(&app, &link, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_persons_email_address_is_refused_as_a_password() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let link = link(&app).await;
    assert_eq!(reset(&app, &link, &email(Role::Owner)).await.status, 422);
}
