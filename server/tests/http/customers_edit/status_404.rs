//! There is no such customer.

use crate::common::TestApp;

#[tokio::test]
async fn a_customer_that_does_not_exist_cannot_be_edited() {
    let app = TestApp::new().await.with_owner().await;
    for id in [
        "cus_0000000000",
        "nonsense",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "key_0000000000",
    ] {
        for dialog in ["edit", "suspend", "resume", "delete"] {
            let path = format!("/customers/{id}/{dialog}");
            let page = app.post_form(&path, &[("external_id", "acme"), ("name", "Acme")]).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(page.body.contains("There is no customer"), "{path}: {}", page.body);
            assert!(!page.body.contains("<script>alert"), "{path}");
        }
        assert_eq!(app.get(&format!("/customers/{id}")).await.status, 404, "{id}");
    }
}
