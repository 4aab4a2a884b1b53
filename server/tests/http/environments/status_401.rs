//! Without a session, no function does anything. Without a password of the last 15 minutes, none shows or replaces a token.

use model::role::Role;
use model::time::{MINUTE, SECOND};
use serde_json::json;

use super::{default, of_one, post, reveal, rows};
use crate::common::{PASSWORD, TestApp};

#[tokio::test]
async fn without_a_session_nothing_is_done() {
    let app = TestApp::new().await.with_owner().await;
    let id = default(&app).await;
    app.forget_cookies();
    let events = app.audit_events().await;
    for (path, more) in of_one() {
        let answer = post(&app, path, &id, &more).await;
        assert_eq!((answer.status, answer.json()), (401, json!("SignedOut")), "{path}");
    }
    for (path, body) in [
        ("/api/environments/list", json!({})),
        (
            "/api/environments/create",
            json!({ "form": { "name": "x", "kind": "live" } }),
        ),
    ] {
        assert_eq!(app.post_json(path, &body).await.status, 401, "{path}");
    }
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn revealing_and_rotating_need_a_recent_password() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = default(&app).await;
    let token = reveal(&app, &id).await;
    let guarded = [
        ("/api/environments/reveal", json!({})),
        ("/api/environments/copied", json!({})),
        ("/api/environments/rotate", json!({ "form": { "grace": "now" } })),
    ];
    // Repeated requests do not extend the 15 minutes.
    app.pass(14 * MINUTE).await;
    assert_eq!(reveal(&app, &id).await, token);
    app.pass(MINUTE + SECOND).await;
    let events = app.audit_events().await;
    for (path, more) in &guarded {
        let answer = post(&app, path, &id, more).await;
        assert_eq!((answer.status, answer.json()), (401, json!("PasswordNeeded")), "{path}");
        assert!(!answer.body.contains("sk_"));
    }
    assert_eq!(app.audit_events().await, events, "nothing was done");
    assert_eq!(app.code(&token, "chat").await, "VALID");

    // A wrong password does not help.
    let wrong = json!({ "password": "not the password at all" });
    let answer = app.post_json("/api/account/confirm-password", &wrong).await;
    assert!(answer.json()["Invalid"].is_object(), "{}", answer.body);
    assert_eq!(post(&app, guarded[0].0, &id, &guarded[0].1).await.status, 401);

    let right = json!({ "password": PASSWORD });
    let answer = app.post_json("/api/account/confirm-password", &right).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("Done"), "{}", answer.body);
    for (path, more) in &guarded {
        let answer = post(&app, path, &id, more).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    assert_eq!(app.code(&token, "chat").await, "NOT_FOUND", "it was rotated");
    app.pass(15 * MINUTE - 1).await;
    reveal(&app, &id).await;
    app.pass(1).await;
    assert_eq!(post(&app, guarded[0].0, &id, &guarded[0].1).await.status, 401);
}

#[tokio::test]
async fn functions_that_show_no_token_need_no_password() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = default(&app).await;
    app.pass(15 * MINUTE + SECOND).await;
    let create = json!({ "form": { "name": "staging", "kind": "test" } });
    let answer = app.post_json("/api/environments/create", &create).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for (path, more) in [
        ("/api/environments/rename", json!({ "form": { "name": "other" } })),
        ("/api/environments/hide", json!({ "hidden": true })),
    ] {
        let answer = post(&app, path, &id, &more).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    let rows = rows(&app).await;
    assert_eq!((&rows[0]["name"], &rows[0]["hidden"]), (&json!("other"), &json!(true)));
}

#[tokio::test]
async fn entering_the_password_counts_only_for_its_own_session() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = default(&app).await;
    let first = app.cookies();
    app.pass(15 * MINUTE).await;
    app.forget_cookies();
    app.log_in(Role::Admin).await;
    reveal(&app, &id).await;
    app.use_cookies(first);
    let answer = post(&app, "/api/environments/reveal", &id, &json!({})).await;
    assert_eq!((answer.status, answer.json()), (401, json!("PasswordNeeded")));
}
