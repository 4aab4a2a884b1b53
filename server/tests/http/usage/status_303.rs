//! Without a session, the answer leads to the login.

use crate::common::TestApp;

#[tokio::test]
async fn the_usage_page_needs_a_session() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    for path in ["/usage", "/usage?range=7d"] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login")),
            "{path}"
        );
    }
}
