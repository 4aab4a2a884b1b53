//! The role may not create customers.

use model::role::Role;

use crate::common::TestApp;

#[tokio::test]
async fn viewers_cannot_create_a_customer() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let page = app
        .post_form("/customers/new", &[("external_id", "acme"), ("name", "Acme")])
        .await;
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("Viewers can't create customers. Ask an admin."),
        "{}",
        page.body
    );
    let list = app.get("/customers").await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains("No customers yet"), "{}", list.body);
    assert!(!list.body.contains("Create Customer"));
}
