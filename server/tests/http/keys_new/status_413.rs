//! The form is larger than any that a person fills in.

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn a_form_of_more_than_a_quarter_of_a_megabyte_is_not_read() {
    let app = TestApp::new().await.with_owner().await;
    let answer = app
        .post_form("/keys/new", &form(&[("name", &"x".repeat(256 * 1024))]))
        .await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
