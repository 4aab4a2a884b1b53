//! The form is invalid. Nothing is created, and the typed text stays.

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn each_mistake_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
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
        (&[("environment", "no-such")], "environment", "Choose an environment."),
        (
            &[("endpoints", "only")],
            "endpoints",
            "Tick at least one endpoint, or choose All endpoints.",
        ),
        (
            &[("endpoints", "some")],
            "endpoints",
            "Choose All endpoints or Only these.",
        ),
        (&[("endpoint", "video")], "endpoints", "video"),
        (&[("expires", "soon")], "expires", "Choose when the key expires."),
        (
            &[("expires", "date")],
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
            &[("limit_minute", "ten")],
            "limit_minute",
            "Requests a minute: write a whole",
        ),
        (&[("limit_day", "1.5")], "limit_day", "Requests a day: write a whole"),
        (
            &[("allowed_addresses", "203.0.113.0/33")],
            "allowed_addresses",
            "“203.0.113.0/33” is not an address or network",
        ),
    ] {
        let page = app.post_form("/keys/new", &form(fields)).await;
        assert_eq!(page.status, 422, "{message}");
        assert!(page.body.contains(message), "{message}: {}", page.body);
        let error = format!("{field}-error");
        assert!(
            page.attributes("id").contains(&error.as_str()),
            "{error}: {}",
            page.body
        );
        assert!(
            page.attributes("aria-describedby").contains(&error.as_str()),
            "{error}: {}",
            page.body
        );
        assert!(!page.body.contains("sk_live_"), "{message}");
    }
    assert!(
        app.get("/keys").await.body.contains("Create your first API key"),
        "no key was created"
    );
}

#[tokio::test]
async fn a_very_long_name_of_emoji_gets_an_answer() {
    let app = TestApp::new().await.with_owner().await;
    let page = app
        .post_form("/keys/new", &form(&[("name", &"🛒".repeat(10_000))]))
        .await;
    assert_eq!(page.status, 422);
    assert!(
        page.body
            .contains("A name has at most 100 characters; this one has 10000.")
    );
}

#[tokio::test]
async fn the_typed_text_stays_in_the_form() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[
        ("name", "Shop"),
        ("endpoint", "image"),
        ("expires", "date"),
        ("expires_on", "2026-01-01"),
        ("limit_second", "-1"),
        (
            "allowed_addresses",
            "203.0.113.0/24\r\n</textarea><script>alert(1)</script>",
        ),
    ]);
    let page = app.post_form("/keys/new", &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.field("limit_second"), "-1");
    let addresses = page.area("allowed_addresses");
    assert!(
        addresses.starts_with("203.0.113.0/24") && addresses.contains("&lt;/textarea&gt;&lt;script&gt;"),
        "{addresses}"
    );
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let values = page.attributes("value");
    assert!(values.contains(&"Shop") && values.contains(&"2026-01-01"), "{values:?}");
    let image = page
        .body
        .split("<input")
        .find(|input| input.contains("value=\"image\""))
        .unwrap();
    assert!(image.split('>').next().unwrap().contains("checked"), "{image}");
}

#[tokio::test]
async fn markup_in_a_refused_name_is_text() {
    let app = TestApp::new().await.with_owner().await;
    let name = format!("\"><script>alert(1)</script>{}", "x".repeat(100));
    let page = app
        .post_form(
            "/keys/new",
            &form(&[("name", &name), ("endpoint", "<script>alert(2)</script>")]),
        )
        .await;
    assert_eq!(page.status, 422);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn an_empty_form_is_refused_with_its_errors() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(app.post_form("/keys/new", &[]).await.status, 422);
    assert_eq!(app.post("/keys/new").body("%zz=%ff&&&").await.status, 422);
}
