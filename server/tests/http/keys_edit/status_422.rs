//! The form is invalid. Nothing is saved, and the typed text stays.

use model::endpoint::Grant;
use model::time::DAY;

use super::{Form, chosen};
use crate::common::TestApp;

#[tokio::test]
async fn each_mistake_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let endless = "x".repeat(10_000);
    for (fields, field, message) in [
        (&[("name", "  ")][..], "name", "Give the key a name."),
        (
            &[("name", &endless)],
            "name",
            "A name has at most 100 characters; this one has 10000.",
        ),
        (
            &[("name", "a\r\nb")],
            "name",
            "A name cannot have the character U+000D: it is a control character.",
        ),
        (
            &[("bias_profile", "prof_0000000000")],
            "bias_profile",
            "This bias profile was deleted. Choose another, or None.",
        ),
        (&[("status", "expired")], "status", "Choose Active or Inactive."),
        (&[("expires", "soon")], "expires", "Choose when the key expires."),
        (
            &[("expires", "date"), ("expires_on", "")],
            "expires_on",
            "Choose the last day on which the key works.",
        ),
        (
            &[("expires", "date"), ("expires_on", "2026-11-21")],
            "expires_on",
            "That day has passed.",
        ),
        (
            &[("expires", "date"), ("expires_on", "2099-01-01")],
            "expires_on",
            "more than ten years away",
        ),
        (
            &[("limit_second", "0")],
            "limit_second",
            "Requests a second: write a whole",
        ),
        (
            &[("limit_minute", "1,000")],
            "limit_minute",
            "Requests a minute: write a whole",
        ),
        (
            &[("limit_day", "1000000001")],
            "limit_day",
            "Requests a day: write a whole",
        ),
        (
            &[("allowed_addresses", "everywhere")],
            "allowed_addresses",
            "“everywhere” is not an address or network",
        ),
    ] {
        let mut form = Form::open(&app, &key.id).await.with("status", "inactive");
        for (name, value) in fields {
            form = form.with(name, value);
        }
        let page = form.send(&app).await;
        assert_eq!(page.status, 422, "{message}");
        assert!(page.body.contains(message), "{message}: {}", page.body);
        let error = format!("{field}-error");
        assert!(
            page.attributes("id").contains(&error.as_str()),
            "{error}: {}",
            page.body
        );
        let described = page.attributes("aria-describedby");
        assert!(
            described.iter().any(|ids| ids.split(' ').any(|id| id == error)),
            "{error}: {described:?}"
        );
        assert_eq!(
            app.code(&key.token, "chat").await,
            "VALID",
            "{message}: nothing is saved"
        );
    }
}

#[tokio::test]
async fn the_typed_text_stays_in_the_form() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id)
        .await
        .with("name", "Store")
        .with("status", "inactive")
        .with("expires", "date")
        .with("expires_on", "2026-01-01");
    let page = form.send(&app).await;
    assert_eq!(page.status, 422);
    assert_eq!((page.field("name"), page.field("was_name")), ("Store", "Shop"));
    assert_eq!(
        (chosen(&page, "status"), chosen(&page, "expires")),
        ("inactive", "date")
    );
    assert_eq!(page.field("expires_on"), "2026-01-01");
    // After the mistake is corrected, the form is saved.
    let right = Form::of(&key.id, &page).with("expires_on", "2027-01-01");
    assert_eq!(right.send(&app).await.status, 303);
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
}

#[tokio::test]
async fn the_form_of_a_provisioning_key_offers_no_status() {
    let app = TestApp::holding_keys_for(DAY).await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    let form = Form::open(&app, &key.id).await;
    let page = form.with("status", "inactive").send(&app).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body.contains("The key is provisioning and cannot be disabled."),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "PROVISIONING");
}

#[tokio::test]
async fn markup_in_a_refused_form_is_text() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let name = format!("\"><script>alert(1)</script>{}", "x".repeat(100));
    let form = Form::open(&app, &key.id)
        .await
        .with("name", &name)
        .with("status", "<script>alert(2)</script>")
        .with("bias_profile", "<script>alert(3)</script>")
        .with("was_end", "<script>alert(4)</script>");
    for form in [
        &form,
        &Form {
            path: form.path.clone(),
            fields: form.fields.clone(),
        }
        .with("was_end", ""),
    ] {
        let page = form.send(&app).await;
        assert!([409, 422].contains(&page.status), "{}", page.status);
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}

#[tokio::test]
async fn an_empty_form_is_refused_with_its_errors() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let path = format!("/keys/{}/edit", key.id);
    assert_eq!(app.post_form(&path, &[]).await.status, 422);
    assert_eq!(app.post(&path).body("%zz=%ff&&&").await.status, 422);
}
