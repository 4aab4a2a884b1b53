//! The request is allowed, and the gateway learns which key it has.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::time::DAY;

use crate::common::{Answer, TestApp, new_key, only};

const CHAT: &str = "/api/v1/chat/completions";

/// The headers that the gateway passes on to the upstream.
fn told(answer: &Answer) -> Vec<String> {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-latchkey-"));
    let mut lines: Vec<String> = headers
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn the_upstream_is_told_everything_about_the_key() {
    let app = TestApp::new().await;
    let new = NewKey {
        name: "Shop 🛒, 50%".to_owned(),
        expires_at: Some(app.services.now().plus(90 * DAY)),
        ..new_key(only("chat"))
    };
    let key = app.create(&new).await;
    let answer = app.authorize(&key.token, "POST", CHAT).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_debug_snapshot!(told(&answer), @r#"
    [
        "x-latchkey-bias-profile: ",
        "x-latchkey-customer: ",
        "x-latchkey-endpoint: chat",
        "x-latchkey-environment: default",
        "x-latchkey-key-expires: 2027-02-20T05:43:00Z",
        "x-latchkey-key-id: key_hjoYq77ei9",
        "x-latchkey-key-name: Shop%20%F0%9F%9B%92%2C%2050%25",
    ]
    "#);
}

#[tokio::test]
async fn all_headers_are_sent_and_empty_without_a_value() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let forged = app
        .authorize(&key.token, "GET", "/api/v1/img")
        .header("x-latchkey-bias-profile", "Lax@1")
        .await;
    assert_eq!(told(&forged).len(), 7);
    assert_eq!(forged.header("x-latchkey-bias-profile"), Some(""));
    assert_eq!(forged.header("x-latchkey-key-expires"), Some(""));
    assert_eq!(forged.header("x-latchkey-endpoint"), Some("image"));
}

#[tokio::test]
async fn the_key_comes_after_bearer_in_any_case_or_in_its_own_header() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let ask = || {
        app.get("/v1/authorize")
            .header("x-forwarded-method", "POST")
            .header("x-forwarded-uri", CHAT)
    };
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = ask().header("authorization", &format!("{scheme} {}", key.token)).await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
    assert_eq!(ask().header("x-api-key", &key.token).await.status, 200);
    assert_eq!(ask().header("X-API-KEY", &key.token).await.status, 200);
}

#[tokio::test]
async fn the_same_key_in_two_headers_is_accepted() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let answer = app
        .authorize(&key.token, "POST", CHAT)
        .header("x-api-key", &key.token)
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn another_authorization_scheme_does_not_hide_the_api_key_header() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let answer = app
        .get("/v1/authorize/api/v1/img")
        .header("authorization", "Basic dXNlcjpwYXNzd29yZA==")
        .header("x-api-key", &key.token)
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bearer_value_without_the_form_of_a_token_is_left_to_the_api() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for theirs in [
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s5Zq3ab7jS0xX8b0oIr3ypLrZ0",
        "Bearer sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "bearer password",
        "Bearer ",
        "Bearer 🔑",
        "Digest username=\"é\"",
    ] {
        let answer = app
            .get("/v1/authorize/api/v1/img")
            .header("x-api-key", &key.token)
            .header("authorization", theirs)
            .await;
        assert_eq!(answer.status, 200, "{theirs}");
        assert_eq!(answer.header("x-latchkey-key-id"), Some(&*key.id), "{theirs}");
    }
    let two = app
        .get("/v1/authorize/api/v1/img")
        .header("authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x")
        .header("authorization", &format!("Bearer {}", key.token))
        .header("x-api-key", &key.token)
        .await;
    assert_eq!(two.status, 200);
}

#[tokio::test]
async fn the_description_of_the_request_is_read_in_the_form_of_each_gateway() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let bearer = format!("Bearer {}", key.token);
    // Caddy and Traefik send this form.
    let forwarded = app.authorize(&key.token, "POST", CHAT);
    // nginx sends this form.
    let original = app
        .get("/v1/authorize")
        .header("authorization", &bearer)
        .header("x-original-method", "POST")
        .header("x-original-uri", CHAT);
    // Envoy sends this form.
    let appended = app
        .post(&format!("/v1/authorize{CHAT}"))
        .header("authorization", &bearer);
    for call in [forwarded, original, appended] {
        let answer = call.await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-latchkey-endpoint"), Some("chat"));
    }
}

#[tokio::test]
async fn the_method_of_the_gateways_request_is_ignored_if_headers_name_one() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for method in ["GET", "POST", "HEAD", "DELETE", "OPTIONS"] {
        let answer = app.authorize(&key.token, "POST", CHAT).method(method).await;
        assert_eq!(answer.status, 200, "{method}");
    }
}

#[tokio::test]
async fn the_query_of_a_path_is_ignored() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for query in ["", "?", "?stream=true", "?next=/a//b/../c;d%2f%zz", "?a=1?b=2"] {
        let answer = app.authorize(&key.token, "POST", &format!("{CHAT}{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
    }
    let bearer = format!("Bearer {}", key.token);
    let appended = app
        .post(&format!("/v1/authorize{CHAT}?a=..%2f//"))
        .header("authorization", &bearer)
        .await;
    assert_eq!(appended.status, 200);
}

#[tokio::test]
async fn necessary_escapes_are_accepted() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for path in [
        "/api/v1/img/a%20b",
        "/api/v1/img/%C3%A9.png",
        "/api/v1/img/a...",
        "/api/v1/img/a/b/c",
        "/api/v1/img/a/",
    ] {
        let answer = app.authorize(&key.token, "GET", path).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}
