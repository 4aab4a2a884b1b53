//! The form was sent before, or the status of the key does not permit a rotation.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::role::Role;
use model::status::PROVISIONING_LIMIT;
use model::time::DAY;

use super::rotate;
use crate::common::{Answer, TestApp, new_key};

async fn send(app: &TestApp, id: &str, form_id: &str) -> Answer {
    app.post_form(&format!("/keys/{id}/rotate"), &[("grace", "24h"), ("form_id", form_id)])
        .await
}

#[tokio::test]
async fn a_form_that_is_sent_twice_creates_one_token_and_shows_it_once() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let shown = app.get(&format!("/keys/{}/rotate", key.id)).await;
    let form_id = shown.field("form_id");
    let token = send(&app, &key.id, form_id).await.shown_token();
    let again = send(&app, &key.id, form_id).await;
    assert_eq!(again.status, 409);
    assert!(
        again.body.contains("This form was already sent and rotated the key."),
        "{}",
        again.body
    );
    assert!(!again.body.contains(&token));
    assert!(!again.attributes("value").iter().any(|value| value.starts_with("sk_")));
    assert_eq!(app.code(&token, "chat").await, "VALID", "the token is still current");
    assert_eq!(app.code(&key.token, "chat").await, "VALID");

    // The page has a new form, which does rotate the key.
    assert_ne!(again.field("form_id"), form_id);
    let fresh = send(&app, &key.id, again.field("form_id")).await;
    assert_eq!(fresh.status, 200);
    assert_ne!(fresh.shown_token(), token);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_creates_one_token() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let send = async || send(&app, &key.id, "form-1").await.status;
    let (one, other) = tokio::join!(send(), send());
    assert_eq!([one.min(other), one.max(other)], [200, 409]);
}

#[tokio::test]
async fn an_expired_key_cannot_be_rotated() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    app.pass(DAY).await;
    let app = app.with_user(Role::Owner).await;
    let page = rotate(&app, &key.id, "7d").await;
    assert_eq!(page.status, 409);
    assert!(
        page.body.contains("“Shop” is expired and cannot be rotated."),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "EXPIRED");
}

#[tokio::test]
async fn provisioning_and_failed_keys_cannot_be_rotated() {
    let app = TestApp::holding_keys_for(DAY).await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    for (wait, why, code) in [
        (0, "“Shop” is provisioning and cannot be rotated.", "PROVISIONING"),
        (PROVISIONING_LIMIT, "“Shop” is failed and cannot be rotated.", "FAILED"),
    ] {
        app.pass(wait).await;
        let page = rotate(&app, &key.id, "now").await;
        assert_eq!(page.status, 409);
        assert!(page.body.contains(why), "{why}: {}", page.body);
        assert_eq!(app.code(&key.token, "chat").await, code);
    }
}
