//! The request has no key, or a key that does not work. Each case has its code, and all answers ask for a Bearer token.

use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::id::KeyId;
use model::status::PROVISIONING_LIMIT;
use model::time::DAY;

use crate::common::{Answer, TestApp, new_key, only};

const CHAT: &str = "/api/v1/chat/completions";

fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, 401, "{code}");
    assert_eq!(answer.problem(), code);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{code}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{code}");
    assert_eq!(answer.header("x-latchkey-key-id"), None, "{code}");
    assert!(!answer.body.contains("sk_live_"), "{code}");
}

#[tokio::test]
async fn without_a_key_the_answer_asks_for_one() {
    let app = TestApp::new().await;
    let ask = || app.get("/v1/authorize/api/v1/img");
    for call in [
        ask(),
        ask().header("authorization", "Basic dXNlcjpwYXNzd29yZA=="),
        ask().header("authorization", "Bearer"),
        ask().header("authorization", "Bearer "),
        ask().header("x-api-key", ""),
    ] {
        assert_refused(&call.await, "ERR_API_KEY_MISSING");
    }
}

#[tokio::test]
async fn the_whole_answer_about_a_missing_key_is_right() {
    let answer = TestApp::new().await.get("/v1/authorize").await;
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "code": "ERR_API_KEY_MISSING",
      "detail": "Send an API key in the header Authorization: Bearer or X-Api-Key.",
      "endpoint": null,
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_key_in_the_query_is_not_read() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let path = format!(
        "/v1/authorize/api/v1/img?key={0}&api_key={0}&access_token={0}",
        key.token
    );
    assert_refused(&app.get(&path).await, "ERR_API_KEY_MISSING");
    let forwarded = app
        .get("/v1/authorize")
        .header("x-forwarded-method", "POST")
        .header("x-forwarded-uri", &format!("{CHAT}?api_key={}", key.token));
    assert_refused(&forwarded.await, "ERR_API_KEY_MISSING");
}

#[tokio::test]
async fn unknown_deleted_and_mistyped_keys_get_the_same_answer() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    app.services
        .keys
        .delete(&Actor::command_line(), &KeyId::parse(&key.id).unwrap())
        .await
        .unwrap();
    let unknown = model::token::compose(model::environment::Kind::Test, &"x".repeat(model::token::RANDOM_LENGTH));
    for token in [key.token.as_str(), &unknown, &key.token[1..], "password"] {
        assert_refused(&app.authorize(token, "POST", CHAT).await, "ERR_INVALID_KEY");
    }
}

#[tokio::test]
async fn a_bearer_value_alone_is_a_key_in_any_form() {
    let app = TestApp::new().await;
    for token in [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s5Zq3ab7jS0xX8b0oIr3ypLrZ0",
        "sk_live_x",
        "password",
    ] {
        assert_refused(&app.authorize(token, "POST", CHAT).await, "ERR_INVALID_KEY");
        let empty = app.authorize(token, "POST", CHAT).header("x-api-key", " ");
        assert_refused(&empty.await, "ERR_INVALID_KEY");
    }
}

#[tokio::test]
async fn a_disabled_key_is_inactive() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    app.services
        .keys
        .disable(&Actor::command_line(), &KeyId::parse(&key.id).unwrap())
        .await
        .unwrap();
    assert_refused(&app.authorize(&key.token, "POST", CHAT).await, "ERR_KEY_INACTIVE");
}

#[tokio::test]
async fn a_key_is_expired_after_its_end_date() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    app.pass(DAY).await;
    assert_refused(&app.authorize(&key.token, "POST", CHAT).await, "ERR_KEY_EXPIRED");
}

#[tokio::test]
async fn a_key_is_provisioning_until_it_has_failed() {
    let app = TestApp::holding_keys_for(DAY).await;
    let key = app.create_key(Grant::All).await;
    assert_refused(&app.authorize(&key.token, "POST", CHAT).await, "ERR_KEY_PROVISIONING");
    app.pass(PROVISIONING_LIMIT).await;
    assert_refused(&app.authorize(&key.token, "POST", CHAT).await, "ERR_KEY_FAILED");
}

#[tokio::test]
async fn the_status_is_checked_before_the_endpoint() {
    let app = TestApp::holding_keys_for(DAY).await;
    let key = app.create_key(only("chat")).await;
    assert_refused(
        &app.authorize(&key.token, "GET", "/api/v1/img").await,
        "ERR_KEY_PROVISIONING",
    );
    assert_refused(
        &app.authorize("sk_live_unknown", "GET", "/nowhere").await,
        "ERR_INVALID_KEY",
    );
}
