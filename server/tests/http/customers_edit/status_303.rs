//! The customer is changed, in force at once.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::{add, delivered, key_of};

#[tokio::test]
async fn the_next_request_gets_what_was_changed() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let id = add(&app, &[("external_id", "acme"), ("name", "Acme"), ("limit_day", "5")]).await;
    let key = key_of(&app, &id).await;
    let path = format!("/customers/{id}/edit");
    let form = app.get(&path).await;
    assert_eq!((form.field("external_id"), form.field("name")), ("acme", "Acme"));
    assert_eq!((form.field("limit_day"), form.field("version")), ("5", "1"));
    let fields = [
        ("external_id", "acme"),
        ("name", "Acme Inc."),
        ("metadata", "{\"seats\": 5}"),
        ("limit_day", ""),
        ("version", "1"),
    ];
    let answer = app.post_form(&path, &fields).await;
    let screen = format!("/customers/{id}");
    assert_eq!((answer.status, answer.header("location")), (303, Some(screen.as_str())));
    let customer = delivered(&app, &key).await;
    assert_eq!(
        (&customer["name"], &customer["metadata"]["seats"]),
        (&"Acme Inc.".into(), &5.into())
    );
    assert!(app.get(&screen).await.body.contains("<span>Edited"));
}

#[tokio::test]
async fn without_a_session_nothing_is_edited() {
    let app = TestApp::new().await.with_owner().await;
    let id = crate::customers_new::acme(&app).await;
    let key = key_of(&app, &id).await;
    app.forget_cookies();
    let answer = app
        .post_form(&format!("/customers/{id}/edit"), &[("name", "Other")])
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(delivered(&app, &key).await["name"], "Acme");
}
