//! The database is away, full or busy: what browsers, scripts and programs get.

mod changes;
mod forms;
mod pages;
mod recovery;
mod scripts;

use crate::common::{Answer, TestApp};

/// A server with an owner who is logged in, and whose database does not answer any more.
async fn without_database() -> TestApp {
    let app = TestApp::new().await.with_owner().await;
    take_database_away(&app).await;
    app
}

async fn take_database_away(app: &TestApp) {
    app.services.close().await.unwrap();
}

/// A page of an outage: plain HTML of this site, which leaves the session alone.
fn assert_outage(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("5"), "{what}");
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8"),
        "{what}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    assert_eq!(answer.header("location"), None, "{what}");
    assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "{what}");
    assert!(!answer.body.contains("<script"), "{what}: {}", answer.body);
    let links = answer.attributes("href");
    let mut sheets = links.iter().filter(|href| href.rsplit('.').next() == Some("css"));
    assert!(sheets.all(|sheet| sheet.starts_with("/assets/")), "{what}: {links:?}");
    for secret in ["postgres", "latchkey.db", "pool", "Connection"] {
        assert!(!answer.body.contains(secret), "{what}: {}", answer.body);
    }
}

/// Switches to a browser whose login waits for the code.
fn waiting_for_code(app: &TestApp) {
    app.use_cookies([(app.cookie("latchkey_login"), "a-ticket".to_owned())].into());
}
