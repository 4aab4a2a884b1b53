//! A form that is sent twice creates one key.

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn a_form_that_is_sent_again_creates_no_second_key_and_shows_no_token() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[("form_id", "form-1")]);
    let token = app.post_form("/keys/new", &fields).await.shown_token();
    let again = app.post_form("/keys/new", &fields).await;
    assert_eq!(again.status, 409);
    assert!(
        again
            .body
            .contains("This form was already sent and made the key “Shop”"),
        "{}",
        again.body
    );
    assert!(!again.body.contains(&token));
    assert!(app.get("/keys").await.body.contains("1 key<"));
}

#[tokio::test]
async fn the_page_that_answers_has_a_fresh_form() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[("form_id", "form-1")]);
    app.post_form("/keys/new", &fields).await;
    let again = app.post_form("/keys/new", &fields).await;
    assert!(!again.attributes("value").contains(&"form-1"), "{}", again.body);
}

#[tokio::test]
async fn each_rendering_of_the_form_has_its_own_id() {
    let app = TestApp::new().await.with_owner().await;
    let form_id = |body: &str| {
        body.split("name=\"form_id\"")
            .nth(1)
            .unwrap()
            .split("value=\"")
            .nth(1)
            .unwrap()[..22]
            .to_owned()
    };
    let first = form_id(&app.get("/keys/new").await.body);
    let second = form_id(&app.get("/keys/new").await.body);
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_creates_one_key() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[("form_id", "form-1")]);
    let send = async || app.post_form("/keys/new", &fields).await.status;
    let (one, other) = tokio::join!(send(), send());
    assert_eq!([one.min(other), one.max(other)], [200, 409]);
}
