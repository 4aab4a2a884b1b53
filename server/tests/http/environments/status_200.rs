//! Admins and Owners see and change environments.

use model::audit::AuditQuery;
use model::list::ListQuery;
use model::role::Role;
use model::time::DAY;
use serde_json::json;

use super::{default, post, reveal, rows};
use crate::common::TestApp;

#[tokio::test]
async fn the_list_has_all_environments_with_their_keys_masked() {
    for role in [Role::Admin, Role::Owner] {
        let app = TestApp::new().await.with_user(role).await;
        let answer = app.post_json("/api/environments/list", &json!({})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let list = answer.json();
        assert_eq!(list["now"], app.services.now().0);
        let [row] = list["environments"].as_array().unwrap().as_slice() else {
            panic!("{list}");
        };
        let known = app
            .services
            .environments
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .environments
            .remove(0);
        assert_eq!(
            *row,
            json!({
                "id": known.id,
                "name": "default",
                "kind": "live",
                "created_at": app.services.now().0,
                "hidden": false,
                "key_id": known.key_id,
                "prefix": "sk_live_",
                "last_four": known.last_four,
                "last_used_at": null,
                "old_token_ends_at": null,
            })
        );
    }
}

#[tokio::test]
async fn an_environment_is_created_renamed_and_hidden() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    app.pass(1).await;
    let form = json!({ "form": { "name": "staging", "kind": "test" } });
    let answer = app.post_json("/api/environments/create", &form).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "Saved": { "name": "staging" } }))
    );
    let staging = rows(&app).await.remove(1);
    assert_eq!(
        (&staging["name"], &staging["prefix"]),
        (&json!("staging"), &json!("sk_test_"))
    );
    let id = staging["id"].as_str().unwrap().to_owned();
    let token = reveal(&app, &id).await;
    assert_eq!(app.code(&token, "chat").await, "VALID");

    let form = json!({ "form": { "name": "qa" } });
    let answer = post(&app, "/api/environments/rename", &id, &form).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "Saved": { "name": "qa" } }))
    );
    let verified = app.verify(&json!({ "key": token, "endpoint": "chat" })).await.json();
    assert_eq!(verified["environment"], "qa");

    let answer = post(&app, "/api/environments/hide", &id, &json!({ "hidden": true })).await;
    assert_eq!((answer.status, answer.json()), (200, json!("qa")));
    let frame = app.post_json("/api/frame", &json!({})).await.json();
    assert_eq!(frame["environments"], json!([{ "name": "default", "kind": "live" }]));
    let form = app.post_json("/api/keys/create-options", &json!({})).await.json();
    assert_eq!(form["environments"], json!([{ "name": "default", "kind": "live" }]));
    assert_eq!(rows(&app).await[1]["hidden"], true);
    assert_eq!(app.code(&token, "chat").await, "VALID");
}

#[tokio::test]
async fn an_invalid_form_is_answered_with_its_errors() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = default(&app).await;
    let events = app.audit_events().await;
    let create = json!({ "form": { "name": "two words", "kind": "real" } });
    let answer = app.post_json("/api/environments/create", &create).await;
    assert_eq!(answer.status, 200);
    let invalid = answer.json()["Invalid"].clone();
    assert_eq!(
        invalid[0],
        json!({ "name": "two words", "kind": "real" }),
        "the typed text stays"
    );
    let fields: Vec<_> = invalid[1]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field[0])
        .collect();
    assert_eq!(fields, ["name", "kind"]);
    let taken = json!({ "form": { "name": "DEFAULT", "kind": "live" } });
    let answer = app.post_json("/api/environments/create", &taken).await.json();
    assert_eq!(
        answer["Invalid"][1]["fields"],
        json!([["name", "Another environment has this name. Choose a different one."]])
    );
    let answer = post(
        &app,
        "/api/environments/rename",
        &id,
        &json!({ "form": { "name": "" } }),
    )
    .await;
    assert!(answer.json()["Invalid"].is_array(), "{}", answer.body);
    let answer = post(
        &app,
        "/api/environments/rotate",
        &id,
        &json!({ "form": { "grace": "8d" } }),
    )
    .await;
    assert_eq!(
        answer.json(),
        json!({ "Invalid": { "fields": [["grace", "Choose when the old token ends."]], "form": null } })
    );
    assert_eq!(app.audit_events().await, events, "no event was added");
}

#[tokio::test]
async fn a_reveal_needs_permission_and_is_recorded() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let id = default(&app).await;
    let token = reveal(&app, &id).await;
    assert_eq!(app.code(&token, "image").await, "VALID");
    let answer = post(&app, "/api/environments/reveal", &id, &json!({})).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "token": token })));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Only the browser knows whether the key was copied. It reports that afterwards.
    let answer = post(&app, "/api/environments/copied", &id, &json!({})).await;
    assert_eq!((answer.status, answer.json()), (200, json!(null)));
    let page = app
        .services
        .audit
        .list(&backend::Actor::command_line(), &AuditQuery::default())
        .await
        .unwrap();
    let noted: Vec<_> = page.events.iter().take(3).map(|event| event.action.as_str()).collect();
    assert_eq!(
        noted,
        [
            "environment.key_copied",
            "environment.key_revealed",
            "environment.key_revealed"
        ]
    );
    for event in &page.events[..3] {
        assert_eq!(
            (event.actor.as_str(), event.address.as_deref()),
            ("admin", Some("203.0.113.7"))
        );
        assert_eq!(event.subject_name.as_deref(), Some("default"));
    }
    // No other answer contains the token.
    for (path, body) in [
        ("/api/environments/list", json!({})),
        ("/api/audit/list", json!({ "query": {} })),
        ("/api/frame", json!({})),
    ] {
        assert!(!app.post_json(path, &body).await.body.contains(&token), "{path}");
    }
    assert!(!app.get("/audit/export").await.body.contains(&token));
}

#[tokio::test]
async fn a_key_is_rotated_and_both_tokens_work_for_a_while() {
    let app = TestApp::new().await.with_owner().await;
    let id = default(&app).await;
    let old = reveal(&app, &id).await;
    let end = app.services.now().plus(DAY);
    let answer = post(
        &app,
        "/api/environments/rotate",
        &id,
        &json!({ "form": { "grace": "24h" } }),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.json(),
        json!({ "Rotated": { "name": "default", "old_token_ends_at": end.0 } }),
        "only a reveal shows the new token"
    );
    assert_eq!(rows(&app).await[0]["old_token_ends_at"], end.0);
    let new = reveal(&app, &id).await;
    for token in [&old, &new] {
        assert_eq!(app.code(token, "chat").await, "VALID");
    }
    app.pass(DAY).await;
    assert_eq!(app.code(&old, "chat").await, "NOT_FOUND");
    assert_eq!(app.code(&new, "chat").await, "VALID");

    app.log_in(Role::Owner).await;
    let answer = post(
        &app,
        "/api/environments/rotate",
        &id,
        &json!({ "form": { "grace": "now" } }),
    )
    .await;
    assert_eq!(answer.json()["Rotated"]["old_token_ends_at"], json!(null));
    assert_eq!(app.code(&new, "chat").await, "NOT_FOUND");
}

#[tokio::test]
async fn every_role_reads_the_environments_but_only_some_see_their_keys() {
    for role in model::role::Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let known = app
            .services
            .environments
            .list(&backend::Actor::command_line(), &model::list::ListQuery::default())
            .await
            .unwrap()
            .environments
            .remove(0);
        let answer = app.post_json("/api/environments/summaries", &json!({})).await;
        let expected = json!({
            "id": known.id, "name": "default", "kind": "live", "created_at": known.created_at, "hidden": false,
        });
        assert_eq!(
            (answer.status, &answer.json()["environments"]),
            (200, &json!([expected])),
            "{role:?}"
        );
        let page = app.get("/settings").await;
        assert_eq!(page.status, 200, "{role:?}");
        assert!(page.body.contains(known.id.as_str()), "{role:?}: {}", page.body);
        let may = role.may(model::role::Permission::RevealKeys);
        for part in [&*known.last_four, "Create Environment", "Reveal API key"] {
            assert_eq!(page.body.contains(part), may, "{role:?} {part}: {}", page.body);
        }
    }
}
