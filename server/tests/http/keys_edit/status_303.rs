//! The edit is saved, and it is in force before the answer.

use backend::audit::Actor;
use model::key_fields::KeyField;
use model::profile::Content;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::Role;
use serde_json::{Value, json};

use super::Form;
use crate::common::{Answer, TestApp};

fn assert_saved(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/keys")),
        "{}",
        answer.body
    );
}

async fn verified(app: &TestApp, token: &str) -> Value {
    app.verify(&json!({ "key": token, "endpoint": "chat" })).await.json()
}

#[tokio::test]
async fn gateways_get_the_new_name_at_once() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id).await.with("name", "Store 🛒");
    assert_saved(&form.send(&app).await);
    assert_eq!(verified(&app, &key.token).await["name"], "Store 🛒");
    assert!(app.get("/keys").await.body.contains("Store 🛒"));
}

#[tokio::test]
async fn an_inactive_key_is_refused_and_an_active_one_accepted_before_the_answer() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for (status, code) in [("inactive", "INACTIVE"), ("active", "VALID")] {
        let form = Form::open(&app, &key.id).await.with("status", status);
        assert_saved(&form.send(&app).await);
        assert_eq!(app.code(&key.token, "chat").await, code);
    }
}

#[tokio::test]
async fn the_end_date_is_the_end_of_the_day_in_the_persons_time_zone() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for (offset, end) in [
        // Without scripts the end date is a day in UTC.
        ("", json!("2026-11-23T23:59:59Z")),
        ("60", json!("2026-11-23T22:59:59Z")),
        ("-480", json!("2026-11-24T07:59:59Z")),
    ] {
        let form = Form::open(&app, &key.id)
            .await
            .with("expires", "date")
            .with("expires_on", "2026-11-23")
            .with("utc_offset", offset);
        assert_saved(&form.send(&app).await);
        assert_eq!(verified(&app, &key.token).await["expiresAt"], end, "{offset}");
    }
    // An unedited end date stays, and an end date can be removed.
    let form = Form::open(&app, &key.id).await.with("name", "Store");
    assert_saved(&form.send(&app).await);
    assert_eq!(verified(&app, &key.token).await["expiresAt"], "2026-11-24T07:59:59Z");
    let form = Form::open(&app, &key.id).await.with("expires", "never");
    assert_saved(&form.send(&app).await);
    assert_eq!(verified(&app, &key.token).await["expiresAt"], Value::Null);
}

#[tokio::test]
async fn a_new_bias_profile_is_in_force_at_once() {
    let app = TestApp::new().await.with_owner().await;
    let content = Content {
        name: "Strict".to_owned(),
        ..Content::blank()
    };
    let outcome = app
        .services
        .profiles
        .create(&Actor::command_line(), &ProfileForm::of(&content, 0))
        .await
        .unwrap();
    let ProfileOutcome::Saved { id, .. } = outcome else {
        panic!("{outcome:?}");
    };
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id).await.with("bias_profile", id.as_str());
    assert_saved(&form.send(&app).await);
    assert_eq!(verified(&app, &key.token).await["biasProfile"]["name"], "Strict");
    let form = Form::open(&app, &key.id).await.with("bias_profile", "");
    assert_saved(&form.send(&app).await);
    assert_eq!(verified(&app, &key.token).await["biasProfile"], Value::Null);
}

#[tokio::test]
async fn limits_and_addresses_are_in_force_at_once_and_stay_if_a_form_lacks_them() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id)
        .await
        .with("limit_day", "1000")
        .with("allowed_addresses", "203.0.113.0/24\r\n2001:db8::/32");
    assert_saved(&form.send(&app).await);
    assert_eq!(app.code(&key.token, "chat").await, "ADDRESS_NOT_ALLOWED");

    // A program, or an old page, sends a form without these fields.
    let path = format!("/keys/{}/edit", key.id);
    let name = [("name", "Store"), ("expires", "keep")];
    assert_saved(&app.post_form(&path, &name).await);
    let older = [
        ("name", "Depot"),
        ("was_name", "Store"),
        ("was_status", "active"),
        ("expires", "keep"),
    ];
    assert_saved(&app.post_form(&path, &older).await);
    let form = Form::open(&app, &key.id).await;
    assert_saved(&form.send(&app).await);
    let page = app.get(&path).await;
    assert_eq!((page.field("name"), page.field("limit_day")), ("Depot", "1000"));
    assert_eq!(page.area("allowed_addresses"), "203.0.113.0/24\n2001:db8::/32");

    let form = Form::open(&app, &key.id).await.with("allowed_addresses", "");
    assert_saved(&form.send(&app).await);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn an_unedited_form_changes_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let before = verified(&app, &key.token).await;
    let change = *app.services.cluster.watch_changes().borrow();
    assert_saved(&Form::open(&app, &key.id).await.send(&app).await);
    assert_eq!(verified(&app, &key.token).await, before);
    assert_eq!(*app.services.cluster.watch_changes().borrow(), change);
}

#[tokio::test]
async fn unknown_fields_change_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let fields = [
        ("name", "Shop"),
        ("environment", "default"),
        ("endpoint", "chat"),
        ("expires", "never"),
    ];
    let token = app.post_form("/keys/new", &fields).await.shown_token();
    app.provisioned(&token).await;
    let id = verified(&app, &token).await["keyId"].as_str().unwrap().to_owned();
    let form = Form::open(&app, &id)
        .await
        .with("endpoint", "image")
        .with("endpoints", "all")
        .with("created_by", "usr_0000000000")
        .with("environment", "production");
    assert_saved(&form.send(&app).await);
    assert_eq!(app.code(&token, "chat").await, "VALID");
    assert_eq!(app.code(&token, "image").await, "FORBIDDEN");
}

#[tokio::test]
async fn the_form_shows_the_endpoints_but_cannot_change_them() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let page = app.get(&format!("/keys/{}/edit", key.id)).await;
    let dialog = page.body.split("id=\"edit-key\"").nth(1).unwrap();
    let dialog = dialog.split("</dialog>").next().unwrap();
    assert!(dialog.contains("Endpoints cannot be changed."), "{dialog}");
    assert!(dialog.contains("All endpoints"), "{dialog}");
    assert!(
        dialog.contains(" name=\"was_name\""),
        "the dialog has the form: {dialog}"
    );
    assert!(!dialog.contains(" name=\"endpoint"), "{dialog}");
}

#[tokio::test]
async fn the_answer_leads_back_to_the_searched_list() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let mut form = Form::open(&app, &key.id).await;
    form.path.push_str("?search=sh&status=active");
    let answer = form.send(&app).await;
    assert_eq!(answer.header("location"), Some("/keys?search=sh&status=active"));
}

#[tokio::test]
async fn the_answer_leads_back_to_the_screen_of_the_key_if_the_edit_began_there() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let screen = format!("/keys/{}", key.id);
    let edit = format!("{screen}/edit?from=key");
    assert!(app.get(&screen).await.attributes("href").contains(&edit.as_str()));
    let mut form = Form::open(&app, &key.id).await;
    form.path = edit;
    assert_eq!(form.send(&app).await.header("location"), Some(screen.as_str()));
}

#[tokio::test]
async fn a_developer_edits_their_own_keys_and_an_admin_all_keys() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    assert_saved(&Form::open(&app, &key.id).await.with("name", "Store").send(&app).await);
    let app = app.with_user(Role::Admin).await;
    assert_saved(&Form::open(&app, &key.id).await.with("name", "Depot").send(&app).await);
    assert_eq!(verified(&app, &key.token).await["name"], "Depot");
}

#[tokio::test]
async fn without_a_session_nothing_is_edited() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id).await.with("name", "Store");
    app.forget_cookies();
    let answer = form.send(&app).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(verified(&app, &key.token).await["name"], "Shop");
}

#[tokio::test]
async fn what_a_key_is_for_is_on_its_screen_and_its_tags_filter_the_list() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let other = app.create_own_key("Depot").await;
    let form = Form::open(&app, &key.id)
        .await
        .with("description", "Reads <orders> & writes none")
        .with("tags", "Team:Billing, eu")
        .with("location", "Vault, secret/shop");
    assert_saved(&form.send(&app).await);
    let page = app.get(&format!("/keys/{}", key.id)).await.body;
    for part in [
        "Reads &lt;orders&gt; &amp; writes none",
        "Vault, secret/shop",
        "href=\"/keys?tag=team%3Abilling\"",
        "href=\"/keys?tag=eu\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let list = app.get("/keys?tag=team%3Abilling").await.body;
    assert!(list.contains(&key.id) && !list.contains(&other.id), "{list}");
    // Without scripts, a tag can be typed.
    assert!(app.get("/keys?tag=+EU+").await.body.contains(&key.id));
}

#[tokio::test]
async fn an_owner_gives_a_key_to_another_person() {
    let app = TestApp::new().await.with_owner().await;
    app.add_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id)
        .await
        .with("owner", &crate::common::email(Role::Developer));
    assert_saved(&form.send(&app).await);
    app.log_in(Role::Developer).await;
    let form = Form::open(&app, &key.id).await.with("name", "Mine");
    assert_saved(&form.send(&app).await);
    let page = app.get(&format!("/keys/{}/edit", key.id)).await;
    assert!(
        !page.attributes("name").contains(&"owner"),
        "a Developer gives no key away"
    );
}

#[tokio::test]
async fn every_field_of_a_key_is_in_both_of_its_forms() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let create = app.get("/keys/new").await;
    let edit = app.get(&format!("/keys/{}/edit", key.id)).await;
    for field in KeyField::ALL {
        let is_in = |page: &Answer, name| page.attributes("name").contains(&name);
        // The form that creates a key has no status to choose, and the key belongs to whoever makes it.
        let chosen_later = matches!(field, KeyField::Status | KeyField::Owner);
        assert!(chosen_later || is_in(&create, field.name()), "{field:?}");
        assert!(is_in(&edit, field.name()), "{field:?}");
        assert!(is_in(&edit, field.shown_name()), "{field:?}");
        for page in [&create, &edit] {
            let label = format!("for=\"{}\"", field.id());
            assert!(chosen_later || page.body.contains(&label), "{field:?}");
        }
    }
}
