//! The server functions.

use model::role::Role;
use serde_json::{Value, json};

use super::{For, Things};
use crate::api::{Function, functions};
use crate::common::TestApp;

/// The functions behind Settings and the audit log; those of keys and profiles have a table already.
fn table(things: &Things) -> Vec<(&'static str, Value, For)> {
    let least = |path, body, role| (path, body, For::Least(role));
    let admin = |path, body| least(path, body, Role::Admin);
    let owner = |path, body| least(path, body, Role::Owner);
    let own = |path, body| least(path, body, Role::Viewer);
    let environment = |mut more: Value| {
        more["id"] = json!(things.environment);
        more
    };
    let person = |mut more: Value| {
        more["id"] = json!(things.person);
        more
    };
    let endpoint = json!({ "name": format!("{}-2", things.endpoint), "title": "Two", "patterns": format!("PUT /{}", things.endpoint) });
    let invite = json!({ "form": { "email": format!("{}@example.org", things.endpoint), "role": "viewer" } });
    let mut table: Vec<_> = functions(&things.about)
        .into_iter()
        .map(|Function { path, body, least }| (path, body, For::Least(least)))
        .collect();
    table.extend([
        admin("/api/environments/list", json!({})),
        admin(
            "/api/environments/create",
            json!({ "form": { "name": format!("{}-2", things.endpoint), "kind": "live" } }),
        ),
        admin(
            "/api/environments/rename",
            environment(json!({ "form": { "name": format!("{}-3", things.endpoint) } })),
        ),
        admin("/api/environments/hide", environment(json!({ "hidden": true }))),
        admin("/api/environments/reveal", environment(json!({ "copy": false }))),
        admin(
            "/api/environments/rotate",
            environment(json!({ "form": { "grace": "now" } })),
        ),
        admin("/api/endpoints/list", json!({})),
        admin("/api/endpoints/create", json!({ "form": endpoint })),
        admin(
            "/api/endpoints/edit",
            json!({ "name": things.endpoint, "title": "Another" }),
        ),
        admin("/api/endpoints/retire", json!({ "name": things.endpoint })),
        admin("/api/audit/list", json!({ "query": {} })),
        admin("/api/audit/check", json!({})),
        owner("/api/users/list", json!({})),
        owner("/api/users/invite", invite),
        owner("/api/users/revoke-invitation", json!({ "id": "0000000000000000" })),
        owner("/api/users/set-role", person(json!({ "role": "admin" }))),
        owner("/api/users/disable", person(json!({}))),
        owner("/api/users/enable", person(json!({}))),
        owner("/api/users/give-keys", person(json!({ "to": things.person }))),
        owner("/api/users/reset-link", person(json!({}))),
        owner("/api/users/remove-second-factor", person(json!({}))),
        own("/api/account/security", json!({})),
        own(
            "/api/account/confirm-password",
            json!({ "password": crate::common::PASSWORD }),
        ),
        own(
            "/api/account/change-password",
            json!({ "form": { "current": "wrong", "password": "short" } }),
        ),
        own("/api/account/end-session", json!({ "id": "0000000000000000" })),
        own("/api/account/end-other-sessions", json!({})),
        own("/api/account/start-second-factor", json!({})),
        own("/api/account/finish-second-factor", json!({ "code": "000000" })),
        own("/api/account/remove-second-factor", json!({})),
        own("/api/account/new-recovery-codes", json!({})),
        ("/api/account/invitation", json!({ "link": "none" }), For::Anybody),
    ]);
    table
}

#[tokio::test]
async fn every_server_function_is_for_whom_the_table_says() {
    let mut found: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    found.sort_unstable();
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        for (number, path) in found.iter().enumerate() {
            let things = Things::fresh(&app, role, number).await;
            let known = table(&things).into_iter().find(|(known, ..)| known == path);
            let (_, body, whom) = known.unwrap_or_else(|| panic!("nobody has said who may call {path}"));
            let events = app.audit_events().await;
            let answer = app.post_json(path, &body).await;
            if whom == For::Anybody {
                assert_ne!(answer.status, 401, "{role:?} {path}: {}", answer.body);
            } else if whom.may(role) {
                let allowed = answer.status != 401 && answer.status != 403 && answer.status < 500;
                assert!(allowed, "{role:?} {path}: {} {}", answer.status, answer.body);
            } else {
                assert_eq!(answer.status, 403, "{role:?} {path}: {}", answer.body);
                assert!(
                    answer.json()["Forbidden"].is_string(),
                    "{role:?} {path}: {}",
                    answer.body
                );
                let added = app.audit_events().await - events;
                assert!(
                    added <= 1,
                    "{role:?} {path}: nothing was done but that the refusal was noted"
                );
            }
        }
        let cookies = app.cookies();
        app.forget_cookies();
        let things = Things::fresh(&app, Role::Viewer, found.len()).await;
        let events = app.audit_events().await;
        for (path, body, whom) in table(&things) {
            let answer = app.post_json(path, &body).await;
            assert_eq!(answer.status == 401, whom != For::Anybody, "{path}: {}", answer.status);
        }
        assert_eq!(app.audit_events().await, events, "nothing was done");
        app.use_cookies(cookies);
    }
}

#[tokio::test]
async fn the_table_knows_nothing_that_is_not_there() {
    let app = TestApp::new().await.with_owner().await;
    let things = Things::fresh(&app, Role::Owner, 0).await;
    for (path, ..) in table(&things) {
        let there = leptos::server_fn::axum::server_fn_paths().any(|(known, _)| known == path);
        assert!(there, "{path}");
    }
}
