//! Every well-formed request gets 200 and a code.

use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::id::KeyId;
use model::status::PROVISIONING_LIMIT;
use model::time::DAY;
use serde_json::json;

use crate::common::{Key, TestApp, new_key, only};

impl Key {
    fn key_id(&self) -> KeyId {
        KeyId::parse(&self.id).unwrap()
    }
}

#[tokio::test]
async fn a_valid_key_is_described() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(90 * DAY)),
        ..new_key(only("chat"))
    };
    let key = app.create(&new).await;
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "biasProfile": null,
      "code": "VALID",
      "endpoint": "chat",
      "environment": "default",
      "expiresAt": "2027-02-20T05:43:00Z",
      "keyId": "key_hjoYq77ei9",
      "name": "Shop",
      "valid": true
    }
    "#);
}

#[tokio::test]
async fn the_end_date_of_a_key_without_one_is_null() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let answer = app
        .verify(&json!({ "key": key.token, "endpoint": "image" }))
        .await
        .json();
    assert_eq!(answer["valid"], true);
    assert!(answer["expiresAt"].is_null());
}

#[tokio::test]
async fn a_method_and_a_path_find_their_endpoint() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for (method, path, endpoint) in [
        ("POST", "/api/v1/chat/completions", "chat"),
        ("POST", "/api/v1/chat/completions?stream=true", "chat"),
        ("GET", "/api/v1/img", "image"),
        ("POST", "/api/v1/img/cat/1.png", "image"),
        ("POST", "/api/bias/check-bias", "check-bias"),
    ] {
        let answer = app
            .verify(&json!({ "key": key.token, "method": method, "path": path }))
            .await
            .json();
        assert_eq!(
            (&answer["code"], &answer["endpoint"]),
            (&json!("VALID"), &json!(endpoint)),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn the_request_may_name_the_client_address() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for ip in ["203.0.113.9", "2001:db8::1"] {
        let answer = app
            .verify(&json!({ "key": key.token, "endpoint": "chat", "ip": ip }))
            .await;
        assert_eq!(answer.json()["code"], "VALID", "{ip}");
    }
}

#[tokio::test]
async fn unknown_deleted_and_mistyped_keys_get_the_same_answer() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let last = if key.token.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &key.token[..key.token.len() - 1]);
    app.services
        .keys
        .delete(&Actor::command_line(), &key.key_id())
        .await
        .unwrap();
    let unknown = model::token::compose(model::environment::Kind::Live, &"x".repeat(model::token::RANDOM_LENGTH));
    for token in [key.token.as_str(), &unknown, &mistyped, "", "sk_live_", "🔑"] {
        let answer = app.verify(&json!({ "key": token, "endpoint": "chat" })).await;
        assert_eq!(answer.status, 200, "{token}");
        insta::allow_duplicates! {
            insta::assert_json_snapshot!(answer.json(), @r#"
            {
              "biasProfile": null,
              "code": "NOT_FOUND",
              "endpoint": "chat",
              "environment": null,
              "expiresAt": null,
              "keyId": null,
              "name": null,
              "valid": false
            }
            "#);
        }
    }
}

#[tokio::test]
async fn white_space_around_a_key_is_ignored() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for around in [" ", "\n", "\r\n", "\t "] {
        let token = format!("{around}{}{around}", key.token);
        assert_eq!(app.code(&token, "chat").await, "VALID", "{around:?}");
    }
    let (first, second) = key.token.split_at(20);
    assert_eq!(app.code(&format!("{first} {second}"), "chat").await, "NOT_FOUND");
}

#[tokio::test]
async fn a_held_key_is_provisioning() {
    let app = TestApp::holding_keys_for(DAY).await;
    let key = app.create_key(Grant::All).await;
    assert_eq!(app.code(&key.token, "chat").await, "PROVISIONING");
}

#[tokio::test]
async fn a_key_that_is_not_ready_within_three_minutes_has_failed() {
    let app = TestApp::holding_keys_for(DAY).await;
    let key = app.create_key(Grant::All).await;
    app.pass(PROVISIONING_LIMIT - 1).await;
    assert_eq!(app.code(&key.token, "chat").await, "PROVISIONING");
    app.pass(1).await;
    assert_eq!(app.code(&key.token, "chat").await, "FAILED");
}

#[tokio::test]
async fn a_disabled_key_is_inactive_until_it_is_enabled() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let by = Actor::command_line();
    app.services.keys.disable(&by, &key.key_id()).await.unwrap();
    assert_eq!(app.code(&key.token, "chat").await, "INACTIVE");
    app.services.keys.enable(&by, &key.key_id()).await.unwrap();
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_key_expires_at_its_end_date_without_a_job() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    app.pass(DAY - 1).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    app.pass(1).await;
    assert_eq!(app.code(&key.token, "chat").await, "EXPIRED");
}

#[tokio::test]
async fn an_endpoint_that_is_not_granted_or_unknown_is_forbidden() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    for endpoint in ["image", "check-bias", "no-such", "Chat", "chat "] {
        assert_eq!(app.code(&key.token, endpoint).await, "FORBIDDEN", "{endpoint}");
    }
}

#[tokio::test]
async fn a_key_with_all_endpoints_may_not_call_an_unknown_one() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    assert_eq!(app.code(&key.token, "no-such").await, "FORBIDDEN");
}

#[tokio::test]
async fn a_path_that_is_not_granted_unknown_or_unclean_is_forbidden() {
    let app = TestApp::new().await;
    let key = app.create_key(only("image")).await;
    for (method, path) in [
        ("POST", "/api/v1/chat/completions"),
        ("DELETE", "/api/v1/img"),
        ("get", "/api/v1/img"),
        ("GET", "/api/v1/imgs"),
        ("GET", "/api/v1/img/../img"),
        ("GET", "//api/v1/img"),
        ("GET", "api/v1/img"),
        ("GET", "https://example.com/api/v1/img"),
        ("GET", "?"),
    ] {
        let answer = app
            .verify(&json!({ "key": key.token, "method": method, "path": path }))
            .await;
        assert_eq!(answer.status, 200, "{method} {path}");
        assert_eq!(answer.json()["code"], "FORBIDDEN", "{method} {path}");
    }
}

#[tokio::test]
async fn the_status_is_checked_before_the_endpoint() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    app.services
        .keys
        .disable(&Actor::command_line(), &key.key_id())
        .await
        .unwrap();
    assert_eq!(app.code(&key.token, "image").await, "INACTIVE");
    assert_eq!(app.code("sk_live_unknown", "no-such").await, "NOT_FOUND");
}

#[tokio::test]
async fn expired_comes_before_inactive() {
    let app = TestApp::new().await;
    let new = NewKey {
        expires_at: Some(app.services.now().plus(DAY)),
        ..new_key(Grant::All)
    };
    let key = app.create(&new).await;
    app.services
        .keys
        .disable(&Actor::command_line(), &key.key_id())
        .await
        .unwrap();
    app.pass(DAY).await;
    assert_eq!(app.code(&key.token, "chat").await, "EXPIRED");
}

#[tokio::test]
async fn an_answer_must_not_be_stored() {
    let app = TestApp::new().await;
    let answer = app
        .verify(&json!({ "key": "sk_live_unknown", "endpoint": "chat" }))
        .await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn the_answer_knows_the_change_that_the_caller_knows() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    for known in [
        json!(null),
        json!(0),
        json!(app.services.cluster.last_change().await.unwrap()),
    ] {
        let body = json!({ "key": key.token, "endpoint": "chat", "minChange": known });
        assert_eq!(app.verify(&body).await.json()["code"], "VALID", "{known}");
    }
    // It waits for a change that comes a moment later.
    let next = app.services.cluster.last_change().await.unwrap() + 1;
    let body = json!({ "key": key.token, "endpoint": "chat", "minChange": next });
    let disable = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let changed = app.services.keys.disable(&Actor::command_line(), &key.key_id()).await;
        changed.unwrap().change
    };
    let asked = async {
        let began = std::time::Instant::now();
        let answer = app.verify(&body).await;
        (answer.status, answer.json()["code"].clone(), began.elapsed())
    };
    let (change, (status, code, took)) = tokio::join!(disable, asked);
    assert_eq!((change, status, code), (next, 200, json!("INACTIVE")));
    assert!((90..950).contains(&took.as_millis()), "{took:?}");
}
