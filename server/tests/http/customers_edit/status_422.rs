//! The form is invalid.

use crate::common::TestApp;
use crate::customers_new::{acme, add};

#[tokio::test]
async fn the_external_id_of_another_customer_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    acme(&app).await;
    let id = add(&app, &[("external_id", "zulu"), ("name", "Zulu")]).await;
    let fields = [("external_id", "acme"), ("name", "Zulu"), ("version", "1")];
    let page = app.post_form(&format!("/customers/{id}/edit"), &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.attributes("id").contains(&"external_id-error"), "{}", page.body);
    assert_eq!(page.field("external_id"), "acme");
}
