//! The customer has keys.

use backend::audit::Actor;
use model::id::KeyId;

use crate::common::TestApp;
use crate::customers_new::{acme, key_of};

#[tokio::test]
async fn a_customer_with_keys_stays_and_the_page_names_the_keys() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    let path = format!("/customers/{id}/delete");
    let asked = app.get(&path).await;
    assert!(asked.body.contains("It has 1 key."), "{}", asked.body);
    assert!(
        !asked.body.contains("button button--danger"),
        "there is no Delete button"
    );
    let page = app.post(&path).await;
    assert_eq!(page.status, 409);
    assert!(
        page.body
            .contains("“Acme” cannot be deleted while it has 1 key: “Shop”."),
        "{}",
        page.body
    );
    let link = format!("/keys/{}", key.id);
    assert!(page.attributes("href").contains(&link.as_str()), "{}", page.body);
    let by = Actor::command_line();
    app.services
        .keys
        .delete(&by, &KeyId::parse(&key.id).unwrap())
        .await
        .unwrap();
    assert_eq!(app.post(&path).await.status, 303, "deleted once it has no keys");
}

#[tokio::test]
async fn the_page_names_only_the_first_of_many_keys() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    for _ in 0..12 {
        key_of(&app, &id).await;
    }
    let page = app.post(&format!("/customers/{id}/delete")).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("all 12 keys"), "{}", page.body);
}
