//! Keys use the bias profile.

use model::id::KeyId;

use crate::common::TestApp;
use crate::profiles_new::{create, delivered, key_with, named};

#[tokio::test]
async fn a_profile_in_use_stays_and_the_page_names_the_keys() {
    let app = TestApp::new().await.with_owner().await;
    let id = create(&app, &named("Strict")).await;
    let key = key_with(&app, &id).await;
    let path = format!("/profiles/{id}/delete");
    let asked = app.get(&path).await;
    assert!(asked.body.contains("1 key uses it."), "{}", asked.body);
    assert!(
        !asked.body.contains("button button--danger"),
        "there is no Delete button"
    );
    let page = app.post(&path).await;
    assert_eq!(page.status, 409);
    assert!(
        page.body
            .contains("“Strict” cannot be deleted while 1 key uses it: “Shop”."),
        "{}",
        page.body
    );
    let link = format!("/keys/{}", key.id);
    assert!(page.attributes("href").contains(&link.as_str()), "{}", page.body);
    assert_eq!(delivered(&app, &key).await["name"], "Strict");

    app.services
        .keys
        .delete(&backend::audit::Actor::command_line(), &KeyId::parse(&key.id).unwrap())
        .await
        .unwrap();
    assert_eq!(app.post(&path).await.status, 303, "deleted once no key uses it");
}

#[tokio::test]
async fn the_page_names_only_the_first_of_many_keys() {
    let app = TestApp::new().await.with_owner().await;
    let id = create(&app, &named("Strict")).await;
    for _ in 0..12 {
        key_with(&app, &id).await;
    }
    let page = app.post(&format!("/profiles/{id}/delete")).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("12 keys use it"), "{}", page.body);
    assert!(page.body.contains("and 2 more"), "{}", page.body);
}
