//! The keys of the customer are accepted again.

use model::role::Role;

use crate::common::TestApp;
use crate::customers_new::{acme, key_of};

#[tokio::test]
async fn its_keys_are_accepted_before_the_answer() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    app.post(&format!("/customers/{id}/suspend")).await;
    assert_eq!(app.code(&key.token, "chat").await, "SUSPENDED");
    let path = format!("/customers/{id}/resume");
    assert!(app.get(&path).await.body.contains("Its key is accepted again at once"));
    let answer = app.post(&path).await;
    let screen = format!("/customers/{id}");
    assert_eq!((answer.status, answer.header("location")), (303, Some(screen.as_str())));
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    assert!(app.get(&screen).await.body.contains("Accepted on 1 of 1 node"));
    assert!(app.get(&path).await.body.contains("Acme is active already."));
}
