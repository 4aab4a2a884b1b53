//! The person joins, or is already logged in.

use model::role::Role;

use super::{join, link};
use crate::common::{PASSWORD, TestApp};

#[tokio::test]
async fn a_person_who_joins_has_the_role_and_is_logged_in() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Developer).await;
    let answer = join(&app, &link).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let home = app.get("/").await;
    assert!(home.body.contains("Grace Hopper"), "{}", home.body);
    assert!(home.body.contains("grace@example.com · Developer"), "{}", home.body);
    app.forget_cookies();
    let fields = [("email", "grace@example.com"), ("password", PASSWORD)];
    assert_eq!(app.post_form("/login", &fields).await.status, 303);
}

#[tokio::test]
async fn a_forged_field_gives_no_other_role_or_address() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Viewer).await;
    let fields = [("password", PASSWORD), ("role", "owner"), ("email", "eve@example.com")];
    assert_eq!(app.post_form(&link, &fields).await.status, 303);
    let home = app.get("/").await;
    assert!(home.body.contains("grace@example.com · Viewer"), "{}", home.body);
}

#[tokio::test]
async fn a_person_who_is_logged_in_is_redirected_and_the_link_still_works() {
    let app = TestApp::new().await.with_owner().await;
    let owner = app.cookies();
    let link = link(&app, Role::Viewer).await;
    app.use_cookies(owner);
    for answer in [app.get(&link).await, join(&app, &link).await] {
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    }
    app.forget_cookies();
    assert_eq!(join(&app, &link).await.status, 303);
}

#[tokio::test]
async fn before_there_is_a_user_the_answer_leads_to_the_setup() {
    let app = TestApp::new().await;
    let answer = app.get("/invite?link=guessed").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/setup")));
}
