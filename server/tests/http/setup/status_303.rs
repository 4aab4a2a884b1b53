//! The owner is created.

use crate::common::{PASSWORD, TestApp};

const FIELDS: [(&str, &str); 2] = [("email", "Ada@Example.com"), ("password", PASSWORD)];

#[tokio::test]
async fn the_link_creates_the_owner_and_logs_them_in() {
    let app = TestApp::new().await;
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let answer = app.post_form(&format!("/setup?link={}", link.secret()), &FIELDS).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let home = app.get("/").await;
    assert_eq!(home.status, 200);
    assert!(home.body.contains("ada@example.com · Owner"), "{}", home.body);
}

#[tokio::test]
async fn once_there_is_a_user_the_answer_leads_to_the_login() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let path = format!("/setup?link={}", link.secret());
    assert_eq!(app.get(&path).await.header("location"), Some("/login"));
    let answer = app.post_form(&path, &FIELDS).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(answer.set_cookies(), [""; 0]);
}

#[tokio::test]
async fn the_requested_screen_is_shown_after_the_setup() {
    let app = TestApp::new().await;
    let answer = app.get("/keys").header("accept", "text/html").await;
    assert_eq!(answer.header("location"), Some("/setup"));
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let answer = app.post_form(&format!("/setup?link={}", link.secret()), &FIELDS).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/keys")));
}
