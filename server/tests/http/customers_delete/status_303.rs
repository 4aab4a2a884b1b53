//! The customer is deleted.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::acme;

#[tokio::test]
async fn the_customer_is_gone_and_its_external_id_is_free() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = acme(&app).await;
    let answer = app.post(&format!("/customers/{id}/delete?from=customer")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/customers")));
    assert!(!app.get("/customers").await.body.contains(id.as_str()));
    assert_eq!(app.get(&format!("/customers/{id}")).await.status, 404);
    acme(&app).await;
}
