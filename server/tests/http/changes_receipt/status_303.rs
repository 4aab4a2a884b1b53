//! There is no session.

use super::{disable, receipt};
use crate::common::TestApp;

#[tokio::test]
async fn without_a_session_a_receipt_leads_to_the_login_and_not_back() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let change = disable(&app, &key.id).await;
    app.forget_cookies();
    let answer = app
        .get(&format!("/changes/{change}/receipt.jws"))
        .header("accept", "text/html")
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert!(answer.set_cookies().is_empty(), "a file is no screen to return to");
    assert_eq!(receipt(&app, change).await.status, 303);
}
