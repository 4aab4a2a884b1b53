//! The new token is shown once. The old token works beside it for the chosen grace.

use model::role::Role;
use model::time::{DAY, HOUR};
use serde_json::json;

use super::{rotate, rotated};
use crate::common::{TestApp, only};

#[tokio::test]
async fn the_new_token_is_shown_once_and_works() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let page = rotate(&app, &key.id, "24h").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Save your API key"), "{}", page.body);
    assert!(page.body.contains("This key is shown only once."), "{}", page.body);
    let end = app.services.now().plus(DAY).exact();
    let body = page.body.replace("<!>", "");
    assert!(body.contains(&format!("The old token works until {end}.")), "{body}");
    let token = page.shown_token();
    assert!(model::token::check(&token).is_ok());
    assert_ne!(token, key.token);
    assert!(!page.body.contains(&key.token));
    assert_eq!(app.code(&token, "chat").await, "VALID");
    for path in [
        "/",
        "/keys",
        &format!("/keys/{}", key.id),
        &format!("/keys/{}/rotate", key.id),
    ] {
        assert!(!app.get(path).await.body.contains(&token), "{path}");
    }
}

#[tokio::test]
async fn both_tokens_belong_to_one_key_until_the_old_one_ends() {
    for (grace, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let app = TestApp::new().await.with_owner().await;
        let key = app.create_own_key("Shop").await;
        let token = rotated(&app, &key.id, grace).await;
        app.pass(length - 1).await;
        for token in [&key.token, &token] {
            let answer = app.verify(&json!({ "key": token, "endpoint": "chat" })).await.json();
            assert_eq!(
                (&answer["code"], &answer["keyId"]),
                (&json!("VALID"), &json!(key.id)),
                "{grace}"
            );
        }
        app.pass(1).await;
        assert_eq!(app.code(&key.token, "chat").await, "NOT_FOUND", "{grace}");
        assert_eq!(app.code(&token, "chat").await, "VALID", "{grace}");
        let refused = app.authorize(&key.token, "POST", "/api/v1/chat/completions").await;
        assert_eq!((refused.status, refused.problem().as_str()), (401, "ERR_INVALID_KEY"));
    }
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_refused_before_the_answer() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let page = rotate(&app, &key.id, "now").await;
    assert!(
        page.body.contains("The old token is refused from now on."),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "NOT_FOUND");
    assert_eq!(app.code(&page.shown_token(), "chat").await, "VALID");
}

#[tokio::test]
async fn a_rotation_keeps_the_endpoints() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(only("image")).await;
    let page = rotate(&app, &key.id, "1h").await;
    let token = page.shown_token();
    assert_eq!(app.code(&token, "image").await, "VALID");
    assert_eq!(app.code(&token, "chat").await, "FORBIDDEN");
    // The curl line calls an endpoint that the key may call.
    assert!(
        page.body.contains("http://latchkey.test/v1/authorize/api/v1/img"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_form_offers_graces_and_shows_the_last_use() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    let page = app.get(&format!("/keys/{}/rotate", key.id)).await;
    assert_eq!(page.status, 200);
    for grace in ["Now", "In 1 hour", "In 24 hours", "In 7 days"] {
        assert!(page.body.contains(grace), "{grace}: {}", page.body);
    }
    assert!(
        page.body.contains("203.0.113.7"),
        "address of the last use: {}",
        page.body
    );
    assert_eq!(page.field("form_id").len(), 22);
    let radios: Vec<&str> = page
        .body
        .split("<input")
        .filter(|input| input.contains(" name=\"grace\"") && input.split('>').next().unwrap().contains(" checked"))
        .collect();
    assert_eq!(radios.len(), 1);
    assert!(radios[0].contains("value=\"24h\""), "{}", radios[0]);
}

#[tokio::test]
async fn the_screen_of_the_key_shows_the_old_token() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let screen = format!("/keys/{}", key.id);
    assert!(!app.get(&screen).await.body.contains("Old and new token"));
    rotated(&app, &key.id, "24h").await;
    let page = app.get(&screen).await;
    assert!(page.body.contains("Old and new token"), "{}", page.body);
    let last_four = &key.token[key.token.len() - 4..];
    assert!(page.body.contains(&format!("sk_live_…{last_four}")), "{}", page.body);
    assert!(
        page.body
            .contains("Neither the new token nor an old one was used since the rotation."),
        "{}",
        page.body
    );
    app.pass(HOUR).await;
    app.code(&key.token, "chat").await;
    let page = app.get(&screen).await;
    assert!(
        page.body
            .contains("Some service still uses an old token. Used last: an old token."),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn an_inactive_key_stays_inactive() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    app.post(&format!("/keys/{}/disable", key.id)).await;
    let asked = app.get(&format!("/keys/{}/rotate", key.id)).await;
    assert!(
        asked.body.contains("The key is inactive, and stays so"),
        "{}",
        asked.body
    );
    let token = rotated(&app, &key.id, "24h").await;
    for token in [&key.token, &token] {
        assert_eq!(app.code(token, "chat").await, "INACTIVE");
    }
    app.post(&format!("/keys/{}/enable", key.id)).await;
    for token in [&key.token, &token] {
        assert_eq!(app.code(token, "chat").await, "VALID");
    }
}

#[tokio::test]
async fn a_developer_rotates_their_own_keys_and_an_admin_all_keys() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Shop").await;
    let second = rotated(&app, &key.id, "24h").await;
    let app = app.with_user(Role::Admin).await;
    let third = rotated(&app, &key.id, "24h").await;
    for token in [&key.token, &second, &third] {
        assert_eq!(app.code(token, "chat").await, "VALID");
    }
}
