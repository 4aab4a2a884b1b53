//! Another person has logged in since the page was made.

use super::{count, import};
use crate::common::TestApp;

#[tokio::test]
async fn a_form_from_the_page_of_another_person_does_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let lines = "external_id,name\nacme,Acme\n";
    let page = import(
        &app,
        &[("person", "usr_0000000000"), ("lines", lines), ("confirm", "yes")],
    )
    .await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("You are logged in as"), "{}", page.body);
    assert_eq!(count(&app).await, 0);
}
