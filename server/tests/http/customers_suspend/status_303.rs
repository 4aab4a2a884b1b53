//! The keys of the customer are refused until it is resumed.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::{acme, key_of};

#[tokio::test]
async fn its_keys_are_refused_before_the_answer() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    let other = app.create_own_key("Other").await;
    let path = format!("/customers/{id}/suspend");
    let asked = app.get(&path).await;
    assert!(
        asked.body.contains("Its key is refused at once, on every node."),
        "{}",
        asked.body
    );
    let answer = app.post(&path).await;
    let screen = format!("/customers/{id}");
    assert_eq!((answer.status, answer.header("location")), (303, Some(screen.as_str())));
    assert_eq!(app.code(&key.token, "chat").await, "SUSPENDED");
    assert_eq!(app.code(&other.token, "chat").await, "VALID");
    let page = app.get(&screen).await;
    for text in ["Suspended", "Resume", "<span>Suspended", "Refused on 1 of 1 node"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let again = app.get(&path).await;
    assert!(again.body.contains("Acme is suspended already."), "{}", again.body);
    assert!(!again.body.contains("button button--danger"), "there is no button");
    assert_eq!(app.post(&path).await.status, 303, "sending it again does no harm");
}

#[tokio::test]
async fn without_a_session_nothing_is_suspended() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    app.forget_cookies();
    let answer = app.post(&format!("/customers/{id}/suspend")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
