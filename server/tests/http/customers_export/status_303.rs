//! Nobody is logged in.

use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_the_answer_is_the_login() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let answer = app.get("/customers/export").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert!(answer.set_cookies().is_empty(), "nobody comes back to a download");
}
