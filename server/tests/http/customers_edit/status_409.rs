//! Another person saved first. Nothing is saved, and the typed text stays.

use crate::common::TestApp;
use crate::customers_new::{acme, delivered, key_of};

#[tokio::test]
async fn an_edit_does_not_overwrite_that_of_another_person() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    let path = format!("/customers/{id}/edit");
    assert_eq!(
        app.post_form(&path, &[("name", "First"), ("version", "1")])
            .await
            .status,
        303
    );
    let mut second = [
        ("external_id", "acme"),
        ("name", "Second"),
        ("metadata", "{\"a\":1}"),
        ("version", "1"),
    ];
    let page = app.post_form(&path, &second).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("was changed meanwhile"), "{}", page.body);
    assert_eq!((page.field("name"), page.area("metadata")), ("Second", "{\"a\":1}"));
    assert_eq!(delivered(&app, &key).await["name"], "First");
    // The form in the answer has the newer version. When it is sent again, it is saved.
    assert_eq!(page.field("version"), "2");
    second[3] = ("version", "2");
    assert_eq!(app.post_form(&path, &second).await.status, 303);
    assert_eq!(delivered(&app, &key).await["name"], "Second");
}
