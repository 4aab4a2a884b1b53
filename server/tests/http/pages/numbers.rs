//! Numbers have the separators of the browser's language. The texts around them are English.

use model::endpoint::Grant;
use model::limit::Limits;
use serde_json::json;

use crate::common::{Key, TestApp, new_key};
use crate::customers_import::import;

/// A server with a key that allows 1,234 requests a day.
async fn with_limited_key() -> (TestApp, Key) {
    let app = TestApp::new().await.with_owner().await;
    let mut new = new_key(Grant::All);
    new.limits = Limits {
        day: Some(1_234),
        ..Limits::NONE
    };
    let key = app.create(&new).await;
    (app, key)
}

#[tokio::test]
async fn a_number_is_written_as_in_the_language_of_the_browser() {
    let (app, key) = with_limited_key().await;
    for (languages, word, limit, most) in [
        ("de-DE,de;q=0.9,en;q=0.8", "period", "1.234 a day", "1.000 customers"),
        ("en-US,en;q=0.5", "comma", "1,234 a day", "1,000 customers"),
        ("fr", "narrow-space", "1\u{202f}234 a day", "1\u{202f}000 customers"),
    ] {
        let screen = app
            .get(&format!("/keys/{}", key.id))
            .header("accept-language", languages)
            .await;
        assert_eq!(screen.attributes("data-numbers"), [word], "{languages}");
        assert!(
            screen.body.contains(&format!(">{limit}<")),
            "{languages}: {}",
            screen.body
        );
        // The scripts of the page load the same words.
        let loaded = app
            .post_json("/api/keys/details", &json!({ "id": key.id }))
            .header("accept-language", languages)
            .await;
        assert!(loaded.body.contains(limit), "{languages}: {}", loaded.body);
        // The content of this screen is drawn before its page.
        let form = app.get("/customers/import").header("accept-language", languages).await;
        assert!(form.body.contains(most), "{languages}: {}", form.body);
    }
}

#[tokio::test]
async fn a_count_that_the_page_waits_for_is_written_so_too() {
    let app = TestApp::new().await.with_owner().await;
    let lines = (0..1_000).map(|number| format!("c{number},C"));
    let file = format!("external_id,name\n{}", lines.collect::<Vec<_>>().join("\n"));
    let done = import(&app, &[("lines", &file), ("confirm", "yes")])
        .header("accept-language", "de")
        .await;
    assert!(done.body.contains("Imported: 1.000 customers created"), "{}", done.body);
    let list = app.get("/customers").header("accept-language", "de").await;
    assert!(
        list.body.replace("<!>", "").contains("1.000 customers"),
        "{}",
        list.body
    );
}

#[tokio::test]
async fn a_header_without_sense_changes_nothing() {
    let (app, key) = with_limited_key().await;
    let screen = format!("/keys/{}", key.id);
    let long = format!("{},de", "x".repeat(10_000));
    let many = format!("{}de", "tlh,".repeat(1_000));
    for languages in ["", "*", ",;=q", "de;q=much", "d\u{e9}, de", &long, &many] {
        let page = app.get(&screen).header("accept-language", languages).await;
        assert_eq!(page.status, 200, "{languages}");
        assert_eq!(page.attributes("data-numbers"), ["comma"], "{languages}");
        assert!(page.body.contains(">1,234 a day<"), "{languages}: {}", page.body);
    }
    let twice = app.get(&screen).header("accept-language", "en");
    let twice = twice.header("accept-language", "de").await;
    assert_eq!(twice.attributes("data-numbers"), ["comma"], "the first header counts");
}
