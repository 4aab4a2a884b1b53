//! The form did not arrive as it was sent.

use super::sent_in_parts;
use crate::common::TestApp;

#[tokio::test]
async fn a_form_that_breaks_off_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let page = sent_in_parts(
        &app,
        b"--boundary\r\nContent-Disposition: form-data; name=\"lines\"\r\n\r\nexternal".to_vec(),
    );
    let page = page.await;
    assert_eq!(page.status, 400);
    assert!(
        page.body.contains("The form did not arrive as it was sent."),
        "{}",
        page.body
    );
}
