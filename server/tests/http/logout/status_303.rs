//! The session ends, in the database and in the browser.

use crate::common::TestApp;

#[tokio::test]
async fn the_session_ends_in_the_browser_and_on_the_server() {
    let app = TestApp::new().await.with_owner().await;
    let before = app.cookies();
    let answer = app.post("/logout").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(
        answer.set_cookies(),
        [format!(
            "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
            app.cookie("latchkey_session")
        )]
    );
    app.use_cookies(before);
    assert_eq!(
        app.get("/keys").await.header("location"),
        Some("/login"),
        "the old cookie no longer works"
    );
}

#[tokio::test]
async fn without_a_session_the_answer_leads_to_the_login_too() {
    let app = TestApp::new().await;
    let answer = app.post("/logout").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
}
