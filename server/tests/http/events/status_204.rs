//! Without a session, a page that still listens is told to stop.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn a_page_without_a_session_is_told_to_stop() {
    let app = TestApp::new().await;
    let listen = async || app.get("/events").header("accept", "text/event-stream").await;
    let answer = listen().await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    app.add_user(Role::Owner).await;
    let answer = listen().await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
}
