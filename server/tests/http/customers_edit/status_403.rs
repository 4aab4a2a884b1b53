//! The role may not change customers.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::acme;

#[tokio::test]
async fn viewers_cannot_edit_a_customer() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let app = app.with_user(Role::Viewer).await;
    let page = app
        .post_form(&format!("/customers/{id}/edit"), &[("name", "Other")])
        .await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Viewers can't change customers."), "{}", page.body);
    let screen = app.get(&format!("/customers/{id}")).await;
    assert_eq!(screen.status, 200);
    assert!(screen.body.contains(">Acme<"), "{}", screen.body);
    let links = screen.attributes("href");
    assert!(
        !links
            .iter()
            .any(|link| link.contains("/edit") || link.contains("/keys/new"))
    );
    assert!(!screen.body.contains("id=\"history\""), "a Viewer sees no history");
}
