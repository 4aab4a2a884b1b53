//! Another person saved first, or the status of the key does not permit edits.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::role::Role;
use model::status::PROVISIONING_LIMIT;
use model::time::DAY;

use super::{Form, chosen};
use crate::common::{TestApp, new_key};

#[tokio::test]
async fn the_second_of_two_editors_sees_the_first_change_and_keeps_the_typed_text() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let second = Form::open(&app, &key.id).await.with("status", "inactive");
    let owner = app.cookies();
    app.forget_cookies();
    let app = app.with_user(Role::Admin).await;
    let first = Form::open(&app, &key.id).await.with("name", "Store <1>");
    assert_eq!(first.send(&app).await.status, 303);

    app.use_cookies(owner);
    let page = second.send(&app).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("admin changed this key meanwhile."), "{}", page.body);
    assert!(
        page.body.contains("The name is now “Store &lt;1&gt;” (it was “Shop”)."),
        "{}",
        page.body
    );
    assert!(page.body.contains("nothing was saved yet"), "{}", page.body);
    assert_eq!(
        page.field("name"),
        "Store &lt;1&gt;",
        "an unedited field shows the new value"
    );
    assert_eq!(chosen(&page, "status"), "inactive", "the edited field keeps its value");
    assert_eq!(app.code(&key.token, "chat").await, "VALID", "the edit is not saved");

    // Both changes are saved when the form is sent again.
    let again = Form::of(&key.id, &page)
        .with("name", "Store <1>")
        .with("was_name", "Store <1>");
    let answer = again.send(&app).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
    assert!(app.get("/keys").await.body.contains("Store &lt;1&gt;"));
}

#[tokio::test]
async fn limits_that_another_person_changed_are_shown_first() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let second = Form::open(&app, &key.id).await.with("limit_day", "1000");
    let first = Form::open(&app, &key.id).await.with("limit_second", "10");
    assert_eq!(first.send(&app).await.status, 303);
    let page = second.send(&app).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("Requests a second is now: 10."), "{}", page.body);
    assert_eq!((page.field("limit_second"), page.field("limit_day")), ("10", "1000"));
    assert_eq!(Form::of(&key.id, &page).send(&app).await.status, 303);
    let page = app.get(&format!("/keys/{}", key.id)).await;
    assert!(page.body.contains("10 a second, 1,000 a day"), "{}", page.body);
}

#[tokio::test]
async fn a_key_that_was_disabled_meanwhile_is_not_enabled_by_a_form_that_showed_it_active() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id).await.with("name", "Store");
    assert_eq!(app.post(&format!("/keys/{}/disable", key.id)).await.status, 303);
    let page = form.send(&app).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("The status is now Inactive."), "{}", page.body);
    assert_eq!(chosen(&page, "status"), "inactive");
    assert_eq!(Form::of(&key.id, &page).send(&app).await.status, 303);
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
    assert!(app.get("/keys").await.body.contains("Store"));
}

#[tokio::test]
async fn an_expired_key_cannot_be_edited() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    let app = app.with_owner().await;
    let form = Form::open(&app, &key.id).await.with("expires", "never");
    app.pass(DAY).await;
    app.log_in(Role::Owner).await;
    let page = form.send(&app).await;
    assert_eq!(page.status, 409);
    assert!(
        page.body.contains("“Shop” is expired and cannot be edited."),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "EXPIRED");
}

#[tokio::test]
async fn a_failed_key_cannot_be_edited() {
    let app = TestApp::holding_keys_for(DAY).await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    app.pass(PROVISIONING_LIMIT).await;
    let fields = [("name", "Store"), ("expires", "keep")];
    let page = app.post_form(&format!("/keys/{}/edit", key.id), &fields).await;
    assert_eq!(page.status, 409);
    assert!(
        page.body.contains("“Shop” is failed and cannot be edited."),
        "{}",
        page.body
    );
}
