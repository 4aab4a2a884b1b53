//! What every page carries against other sites and injected scripts.

use crate::common::{Answer, TestApp};

const SCREENS: [&str; 4] = ["/", "/keys", "/keys/new", "/no-such-page"];

fn assert_protected(page: &Answer, path: &str) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{path}: {name}");
    }
    assert_eq!(
        page.headers.get_all("content-security-policy").iter().count(),
        1,
        "{path}"
    );
    assert!(policy(page).contains("default-src 'none'"), "{path}");
    assert!(policy(page).contains("frame-ancestors 'none'"), "{path}");
}

fn policy(page: &Answer) -> &str {
    page.header("content-security-policy").unwrap()
}

/// The nonce in the policy.
fn nonce(page: &Answer) -> &str {
    policy(page)
        .split("'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap()
}

#[tokio::test]
async fn every_page_is_protected_signed_in_and_out() {
    let app = TestApp::new().await.with_owner().await;
    for path in SCREENS {
        assert_protected(&app.get(path).await, path);
    }
    app.forget_cookies();
    for path in ["/login", "/reset", "/keys"] {
        assert_protected(&app.get(path).await, path);
    }
    assert_protected(&TestApp::new().await.get("/setup").await, "/setup");
}

#[tokio::test]
async fn pages_that_answer_forms_are_protected() {
    let app = TestApp::new().await.with_owner().await;
    let fields = [("name", "Shop"), ("environment", "default")];
    assert_protected(&app.post_form("/keys/new", &fields).await, "200");
    assert_protected(&app.post_form("/keys/new", &[]).await, "422");
    assert_protected(&app.post("/keys/key_0000000000/delete").await, "404");
    assert_protected(&app.post("/keys/key_0000000000/disable").await, "404, text");
    assert_protected(&app.post("/logout").header("sec-fetch-site", "cross-site").await, "403");
}

#[tokio::test]
async fn every_script_carries_the_nonce_of_the_policy() {
    let app = TestApp::new().await.with_owner().await;
    for path in SCREENS {
        let page = app.get(path).await;
        let nonce = nonce(&page);
        let scripts: Vec<&str> = page
            .body
            .split("<script")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .collect();
        assert!(!scripts.is_empty(), "{path}");
        for script in scripts {
            assert!(
                script.contains(&format!("nonce=\"{nonce}\"")),
                "{path}: <script{script}>"
            );
        }
    }
}

#[tokio::test]
async fn nothing_runs_or_styles_without_the_nonce() {
    let app = TestApp::new().await.with_owner().await;
    for path in SCREENS {
        let page = app.get(path).await;
        for unsafe_source in ["'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:"] {
            let sources = policy(&page).split([' ', ';']);
            assert!(
                sources.into_iter().all(|source| source != unsafe_source),
                "{path}: {}",
                policy(&page)
            );
        }
        assert_eq!(page.attributes("style"), [""; 0], "{path}: inline styles are blocked");
        for handler in ["onclick", "onload", "onsubmit", "onerror"] {
            assert_eq!(page.attributes(handler), [""; 0], "{path}");
        }
        assert!(!page.body.contains("<style"), "{path}");
    }
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own() {
    let app = TestApp::new().await.with_owner().await;
    let (first, second) = (app.get("/keys").await, app.get("/keys").await);
    assert_ne!(nonce(&first), nonce(&second));
    assert!(nonce(&first).len() >= 22, "128 bits at least: {}", nonce(&first));
}

#[tokio::test]
async fn what_is_no_page_may_load_nothing() {
    let app = TestApp::new().await;
    for path in ["/healthz", "/v1/authorize", "/keys", "/assets/no-such.js"] {
        let policy = app.get(path).await;
        assert_eq!(
            policy.header("content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'"),
            "{path}"
        );
    }
}
