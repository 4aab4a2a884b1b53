//! The security headers of every page.

use model::endpoint::Grant;

use crate::common::{Answer, Setup, TestApp};
use crate::profiles_new::{create, named};

const SCREENS: [&str; 6] = ["/", "/keys", "/keys/new", "/profiles", "/profiles/new", "/no-such-page"];

/// The screens, including those of an existing key and bias profile.
async fn screens(app: &TestApp) -> Vec<String> {
    let key = app.create_key(Grant::All).await;
    let profile = create(app, &named("Strict")).await;
    let of_key = ["", "/edit", "/rotate", "/delete"].map(|dialog| format!("/keys/{}{dialog}", key.id));
    let of_profile = ["", "/edit", "/delete"].map(|dialog| format!("/profiles/{profile}{dialog}"));
    let screens = SCREENS.into_iter().map(str::to_owned);
    screens.chain(of_key).chain(of_profile).collect()
}

fn assert_protected(page: &Answer, path: &str) {
    // Only pages have scripts, which stop working when a proxy rewrites the page.
    let is_page = page
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let cache = if is_page { "no-store, no-transform" } else { "no-store" };
    for (name, value) in [
        ("cache-control", cache),
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
async fn every_page_is_protected_with_and_without_a_session() {
    let app = TestApp::new().await.with_owner().await;
    for path in screens(&app).await {
        assert_protected(&app.get(&path).await, &path);
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
    assert_protected(
        &app.post("/keys/key_0000000000/disable").await,
        "404, shown over the list",
    );
    assert_protected(&app.post("/keys/key_0000000000/edit").await, "404, edit");
    assert_protected(&app.post("/keys/key_0000000000/rotate").await, "422, rotate");
    assert_protected(&app.post("/keys/key_0000000000/end-old-token").await, "404, end");
    let key = app.create_own_key("Depot").await;
    let rotated = app
        .post_form(&format!("/keys/{}/rotate", key.id), &[("grace", "now")])
        .await;
    assert_eq!(rotated.status, 200);
    assert_protected(&rotated, "200, rotate");
    assert_protected(&app.post("/profiles/new").await, "422, profile");
    assert_protected(&app.post("/logout").header("sec-fetch-site", "cross-site").await, "403");
}

#[tokio::test]
async fn every_script_carries_the_nonce_of_the_policy() {
    let app = TestApp::new().await.with_owner().await;
    for path in screens(&app).await {
        let page = app.get(&path).await;
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
async fn scripts_and_styles_without_the_nonce_are_blocked() {
    let app = TestApp::new().await.with_owner().await;
    for path in screens(&app).await {
        let page = app.get(&path).await;
        // The icons are drawn in the style sheet, as images that hold their own data. An image runs nothing.
        let images = "img-src 'self' data:";
        assert!(policy(&page).contains(images), "{path}: {}", policy(&page));
        let others = policy(&page).replace(images, "");
        for unsafe_source in ["'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:"] {
            let sources = others.split([' ', ';']);
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
    assert!(nonce(&first).len() >= 22, "at least 128 bits: {}", nonce(&first));
}

#[tokio::test]
async fn an_answer_that_is_not_a_page_may_load_nothing() {
    let app = TestApp::new().await;
    for path in ["/healthz", "/v1/authorize", "/keys", "/events", "/assets/no-such.js"] {
        let policy = app.get(path).await;
        assert_eq!(
            policy.header("content-security-policy"),
            Some("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn with_https_browsers_are_told_to_use_only_https() {
    let setup = Setup {
        public_url: Some("https://keys.example.com"),
        ..Setup::default()
    };
    let app = TestApp::with(setup).await;
    for path in ["/login", "/healthz", "/no/such/page"] {
        assert_eq!(
            app.get(path).await.header("strict-transport-security"),
            Some("max-age=31536000; includeSubDomains"),
            "{path}"
        );
    }
    let plain = TestApp::new().await.get("/login").await;
    assert_eq!(plain.header("strict-transport-security"), None);
}
