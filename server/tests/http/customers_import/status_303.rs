//! Nobody is logged in.

use super::import;
use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_the_login_leads_back_to_the_screen() {
    let app = TestApp::new().await.with_owner().await;
    app.forget_cookies();
    let answer = import(&app, &[("lines", "external_id\nacme\n")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert!(
        answer
            .set_cookies()
            .iter()
            .any(|cookie| cookie.contains("/customers/import"))
    );
}
