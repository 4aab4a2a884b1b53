//! Without a session, the answer leads to an entry page.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_the_answer_leads_to_the_login() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let answer = app.get("/events").header("accept", "*/*").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
}

#[tokio::test]
async fn before_there_is_a_user_the_answer_leads_to_the_setup() {
    let app = TestApp::new().await;
    let answer = app.get("/events").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/setup")));
}
