//! A new password is set.

use model::role::Role;

use super::{link, reset};
use crate::common::{PASSWORD, TestApp, email};

const NEW: &str = "another horse, same battery";

#[tokio::test]
async fn only_the_new_password_works() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let link = link(&app).await;
    assert_eq!(app.get(&link).await.status, 200, "opening the link does not use it up");
    let answer = reset(&app, &link, NEW).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    assert_eq!(app.get("/keys").await.status, 200);
    app.forget_cookies();
    for (password, status) in [(PASSWORD, 401), (NEW, 303)] {
        let answer = app
            .post_form("/login", &[("email", &email(Role::Owner)), ("password", password)])
            .await;
        assert_eq!(answer.status, status, "{password}");
    }
}

#[tokio::test]
async fn other_sessions_end() {
    let app = TestApp::new().await.with_owner().await;
    let elsewhere = app.cookies();
    app.forget_cookies();
    let link = link(&app).await;
    assert_eq!(reset(&app, &link, NEW).await.status, 303);
    assert_eq!(app.get("/keys").await.status, 200);
    app.use_cookies(elsewhere);
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}
