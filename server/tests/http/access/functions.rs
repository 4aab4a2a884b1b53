//! Which roles may call each server function.

use model::role::Role;
use model::suggest::Choice;
use serde_json::json;

use super::{AllowedCaller, TestObjects};
use crate::api::functions;
use crate::common::TestApp;

const ADMIN: AllowedCaller = AllowedCaller::AtLeast(Role::Admin);
const OWNER: AllowedCaller = AllowedCaller::AtLeast(Role::Owner);
/// Functions for a person's own account, which every role may call.
const OWN: AllowedCaller = AllowedCaller::AtLeast(Role::Viewer);

/// The functions of Settings, the audit log and usage: path, a request, and the lowest role. [`request`] replaces each word in
/// capitals by the ID of one of the things.
const TABLE: [(&str, &str, AllowedCaller); 45] = [
    ("/api/nodes/list", "{}", ADMIN),
    ("/api/environments/list", r#"{"query":{}}"#, ADMIN),
    (
        "/api/environments/summaries",
        "{}",
        AllowedCaller::AtLeast(Role::Viewer),
    ),
    (
        "/api/environments/create",
        r#"{"form":{"name":"NAME-2","kind":"live"}}"#,
        ADMIN,
    ),
    (
        "/api/environments/rename",
        r#"{"id":"ENVIRONMENT","form":{"name":"NAME-3"}}"#,
        ADMIN,
    ),
    ("/api/environments/hide", r#"{"id":"ENVIRONMENT","hidden":true}"#, ADMIN),
    ("/api/environments/reveal", r#"{"id":"ENVIRONMENT"}"#, ADMIN),
    ("/api/environments/copied", r#"{"id":"ENVIRONMENT"}"#, ADMIN),
    (
        "/api/environments/rotate",
        r#"{"id":"ENVIRONMENT","form":{"grace":"now"}}"#,
        ADMIN,
    ),
    (
        "/api/endpoints/list",
        r#"{"query":{}}"#,
        AllowedCaller::AtLeast(Role::Viewer),
    ),
    (
        "/api/endpoints/create",
        r#"{"form":{"name":"NAME-2","title":"Two","patterns":"PUT /NAME"}}"#,
        ADMIN,
    ),
    ("/api/endpoints/edit", r#"{"name":"NAME","title":"Another"}"#, ADMIN),
    ("/api/endpoints/retire", r#"{"name":"NAME"}"#, ADMIN),
    ("/api/audit/list", r#"{"query":{}}"#, ADMIN),
    ("/api/audit/check", "{}", ADMIN),
    (
        "/api/suggest",
        r#"{"choice":"Key","text":""}"#,
        AllowedCaller::AtLeast(Role::Viewer),
    ),
    (
        "/api/find",
        r#"{"text":"a","here":null}"#,
        AllowedCaller::AtLeast(Role::Viewer),
    ),
    (
        "/api/usage/report",
        r#"{"query":{}}"#,
        AllowedCaller::AtLeast(Role::Viewer),
    ),
    ("/api/users/list", r#"{"query":{}}"#, OWNER),
    (
        "/api/users/invite",
        r#"{"form":{"email":"NAME@example.org","role":"viewer"}}"#,
        OWNER,
    ),
    ("/api/users/revoke-invitation", r#"{"id":"0000000000000000"}"#, OWNER),
    ("/api/users/set-role", r#"{"id":"PERSON","role":"admin"}"#, OWNER),
    ("/api/users/disable", r#"{"id":"PERSON"}"#, OWNER),
    ("/api/users/enable", r#"{"id":"PERSON"}"#, OWNER),
    ("/api/users/give-keys", r#"{"id":"PERSON","to":"PERSON"}"#, OWNER),
    ("/api/users/reset-link", r#"{"id":"PERSON"}"#, OWNER),
    ("/api/users/remove-second-factor", r#"{"id":"PERSON"}"#, OWNER),
    ("/api/service-accounts/list", r#"{"query":{}}"#, OWNER),
    (
        "/api/service-accounts/create",
        r#"{"form":{"name":"NAME-2","role":"viewer","expires":"never"}}"#,
        OWNER,
    ),
    (
        "/api/service-accounts/edit",
        r#"{"id":"SERVICE_ACCOUNT","form":{"name":"NAME-3","role":"viewer"}}"#,
        OWNER,
    ),
    (
        "/api/service-accounts/add-token",
        r#"{"id":"SERVICE_ACCOUNT","form":{"expires":"30"}}"#,
        OWNER,
    ),
    ("/api/service-accounts/disable", r#"{"id":"SERVICE_ACCOUNT"}"#, OWNER),
    ("/api/service-accounts/enable", r#"{"id":"SERVICE_ACCOUNT"}"#, OWNER),
    ("/api/service-accounts/end-token", r#"{"id":"SERVICE_TOKEN"}"#, OWNER),
    ("/api/service-accounts/delete", r#"{"id":"SERVICE_ACCOUNT"}"#, OWNER),
    ("/api/account/security", r#"{"query":{}}"#, OWN),
    ("/api/account/confirm-password", r#"{"password":"PASSWORD"}"#, OWN),
    (
        "/api/account/change-password",
        r#"{"form":{"current":"wrong","password":"short"}}"#,
        OWN,
    ),
    ("/api/account/end-session", r#"{"id":"0000000000000000"}"#, OWN),
    ("/api/account/end-other-sessions", "{}", OWN),
    ("/api/account/start-second-factor", "{}", OWN),
    ("/api/account/finish-second-factor", r#"{"code":"000000"}"#, OWN),
    ("/api/account/remove-second-factor", "{}", OWN),
    ("/api/account/new-recovery-codes", "{}", OWN),
    ("/api/account/invitation", r#"{"link":"none"}"#, AllowedCaller::Anybody),
];

/// A request to a function, and its lowest role. The functions of keys and bias profiles are in the table of `api`.
pub fn request(path: &str, objects: &TestObjects) -> (String, AllowedCaller) {
    if let Some((_, body, caller)) = TABLE.iter().find(|(known, ..)| *known == path) {
        let body = body
            .replace("NAME", &objects.endpoint)
            .replace("ENVIRONMENT", &objects.environment)
            .replace("PERSON", &objects.person)
            .replace("SERVICE_ACCOUNT", objects.service_token.account.as_str())
            .replace("SERVICE_TOKEN", objects.service_token.id.as_str())
            .replace("PASSWORD", crate::common::PASSWORD);
        return (body, *caller);
    }
    let known = functions(&objects.subjects)
        .into_iter()
        .find(|known| known.path == path);
    let known = known.unwrap_or_else(|| panic!("no table says who may call {path}"));
    (known.body.to_string(), AllowedCaller::AtLeast(known.lowest_role))
}

pub fn found() -> Vec<&'static str> {
    let mut found: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn every_server_function_admits_the_roles_of_its_table() {
    let found = found();
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        for (number, path) in found.iter().enumerate() {
            let objects = TestObjects::create(&app, role, number).await;
            let (body, caller) = request(path, &objects);
            let events = app.audit_events().await;
            let answer = app
                .post(path)
                .header("content-type", "application/json")
                .body(body)
                .await;
            if caller == AllowedCaller::Anybody {
                assert_ne!(answer.status, 401, "{role:?} {path}: {}", answer.body);
            } else if caller.may(role) {
                let allowed = answer.status != 401 && answer.status != 403 && answer.status < 500;
                assert!(allowed, "{role:?} {path}: {} {}", answer.status, answer.body);
            } else {
                assert_eq!(answer.status, 403, "{role:?} {path}: {}", answer.body);
                let sentence = answer.error("forbidden");
                assert!(
                    sentence.starts_with(&format!("{}s can", role.title())),
                    "{role:?} {path}: {sentence}"
                );
                let added = app.audit_events().await - events;
                assert!(added <= 1, "{role:?} {path}: only the refusal was recorded");
            }
        }
        let cookies = app.cookies();
        app.forget_cookies();
        let objects = TestObjects::create(&app, Role::Viewer, found.len()).await;
        let events = app.audit_events().await;
        for path in &found {
            let (body, caller) = request(path, &objects);
            let answer = app
                .post(path)
                .header("content-type", "application/json")
                .body(body)
                .await;
            assert_eq!(
                answer.status == 401,
                caller != AllowedCaller::Anybody,
                "{path}: {}",
                answer.status
            );
        }
        assert_eq!(app.audit_events().await, events, "no event was added");
        app.use_cookies(cookies);
    }
}

#[test]
fn every_row_of_the_table_exists() {
    let found = found();
    for (path, ..) in TABLE {
        assert!(found.contains(&path), "{path}");
    }
}

#[tokio::test]
async fn suggestions_need_the_permission_to_see_the_choices() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        for choice in Choice::ALL {
            let body = json!({ "choice": choice, "text": "a" });
            let answer = app.post_json("/api/suggest", &body).await;
            let expected = if role.may(choice.permission()) { 200 } else { 403 };
            assert_eq!(answer.status, expected, "{role:?} {choice:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_viewer_learns_the_names_of_people_with_keys_only() {
    let app = TestApp::new().await.with_owner().await;
    app.create_own_key("Shop").await;
    app.somebody().await;
    let app = app.with_user(Role::Viewer).await;
    let body = json!({ "choice": Choice::Creator, "text": "" });
    let suggested = app.post_json("/api/suggest", &body).await.json();
    let suggested = suggested.as_array().unwrap();
    assert_eq!(suggested.len(), 1, "{suggested:?}");
    assert_eq!(suggested[0]["title"], "owner");
}

#[test]
fn only_roles_that_see_who_did_what_get_suggestions_of_people() {
    // Admins give keys to other owners, and see people in the audit log.
    assert_eq!(Choice::NewOwner.permission().lowest_role(), Role::Admin);
    assert_eq!(Choice::Actor.permission().lowest_role(), Role::Admin);
}
