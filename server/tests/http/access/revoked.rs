//! A person loses the permission while the body of their request is still arriving. The server knew the person's permissions when
//! the head arrived. It still refuses the mutation and sends no token.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes};
use backend::Services;
use backend::audit::Actor;
use futures_util::StreamExt;
use futures_util::stream;
use model::audit::AuditQuery;
use model::id::UserId;
use model::role::Role;
use model::time::MINUTE;
use server::http::routes::{Access, RouteKind, routes};

use super::functions::{found, request};
use super::routes::fields;
use super::{AllowedCaller, TestObjects};
use crate::api::profile;
use crate::common::{Answer, PASSWORD, TestApp, email};

/// Functions that only read, and whose answers contain no secret.
const READS: [&str; 33] = [
    "/api/account/invitation",
    "/api/account/security",
    "/api/audit/check",
    "/api/audit/list",
    "/api/customers/details",
    "/api/customers/form",
    "/api/customers/list",
    "/api/endpoints/list",
    "/api/environments/list",
    "/api/environments/summaries",
    "/api/find",
    "/api/frame",
    "/api/home",
    "/api/keys/bulk-preview",
    "/api/keys/create-options",
    "/api/keys/delete-preview",
    "/api/keys/details",
    "/api/keys/edit-options",
    "/api/keys/explain",
    "/api/keys/ids",
    "/api/keys/list",
    "/api/keys/progress",
    "/api/keys/proof",
    "/api/keys/refusals",
    "/api/keys/rotate-options",
    "/api/nodes/list",
    "/api/profiles/compare",
    "/api/profiles/details",
    "/api/profiles/form",
    "/api/profiles/list",
    "/api/service-accounts/list",
    "/api/suggest",
    "/api/usage/report",
];
const READS_PEOPLE: &str = "/api/users/list";

/// Functions that need a password of the last 15 minutes.
const STEP_UP: [&str; 19] = [
    "/api/account/end-other-sessions",
    "/api/account/end-session",
    "/api/account/new-recovery-codes",
    "/api/account/remove-second-factor",
    "/api/account/start-second-factor",
    "/api/environments/copied",
    "/api/environments/reveal",
    "/api/environments/rotate",
    "/api/service-accounts/add-token",
    "/api/service-accounts/create",
    "/api/service-accounts/edit",
    "/api/service-accounts/enable",
    "/api/users/disable",
    "/api/users/enable",
    "/api/users/give-keys",
    "/api/users/invite",
    "/api/users/remove-second-factor",
    "/api/users/reset-link",
    "/api/users/set-role",
];

/// How the person loses the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Disabled,
    Demoted,
    LoggedOut,
}

impl Loss {
    async fn happens(self, services: &Services, person: &UserId, token: &str) {
        let by = Actor::command_line();
        match self {
            Self::Disabled => services.accounts.disable(&by, person).await.unwrap(),
            Self::Demoted => services.accounts.set_role(&by, person, Role::Viewer).await.unwrap(),
            Self::LoggedOut => services.accounts.log_out(token, None).await.unwrap(),
        }
    }
}

/// One of two Owners, who uses a browser.
struct Owner {
    app: TestApp,
    id: UserId,
    objects: TestObjects,
}

impl Owner {
    async fn new(number: usize) -> Self {
        let app = TestApp::new().await.with_owner().await;
        app.add_owner("another@example.com").await;
        let objects = TestObjects::create(&app, Role::Owner, number).await;
        let id = app
            .services
            .accounts
            .find_by_email(&Actor::command_line(), &email(Role::Owner))
            .await
            .unwrap();
        Self { app, id, objects }
    }

    /// Sends a request. Before the last byte of its body, the person loses the permission. Returns the answer, and whether the
    /// server waited for that byte.
    async fn send_late(&self, path: &str, headers: &[(&str, &str)], body: String, loss: Loss) -> (Answer, bool) {
        let waited = Arc::new(AtomicBool::new(false));
        let (services, id, noted) = (Arc::clone(&self.app.services), self.id.clone(), Arc::clone(&waited));
        let token = self.app.session_token();
        let mut body = body.into_bytes();
        let last = body.split_off(body.len() - 1);
        let pieces = stream::iter([body]).chain(stream::once(async move {
            loss.happens(&services, &id, &token).await;
            noted.store(true, Ordering::SeqCst);
            last
        }));
        let pieces = pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        let call = headers
            .iter()
            .fold(self.app.post(path), |call, (name, value)| call.header(name, value));
        let answer = call.body(Body::from_stream(pieces)).await;
        (answer, waited.load(Ordering::SeqCst))
    }

    /// The actions of the person that the audit log has after this event. A refusal does not count as an action.
    async fn did_since(&self, number: i64) -> Vec<String> {
        let query = AuditQuery {
            actor: self.id.to_string(),
            ..AuditQuery::default()
        };
        let page = self
            .app
            .services
            .audit
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        let since = page.events.into_iter().filter(|event| event.number > number);
        since
            .map(|event| event.action)
            .filter(|action| {
                !matches!(
                    action.as_str(),
                    "console.refused" | "user.logged_out" | "user.login_failed"
                )
            })
            .collect()
    }
}

/// A body that the function accepts.
fn body_of(path: &str, objects: &TestObjects) -> (String, AllowedCaller) {
    let (body, caller) = request(path, objects);
    match path {
        "/api/account/change-password" => {
            let form = format!(r#"{{"form":{{"current":"{PASSWORD}","password":"quite another horse"}}}}"#);
            (form, caller)
        }
        _ => (body, caller),
    }
}

#[tokio::test]
async fn a_function_uses_the_permissions_of_the_time_when_its_body_ends() {
    let writes = found()
        .into_iter()
        .filter(|path| !READS.contains(path) && *path != READS_PEOPLE);
    for (number, path) in writes.enumerate() {
        for loss in [Loss::Disabled, Loss::Demoted, Loss::LoggedOut] {
            let owner = Owner::new(number).await;
            let (body, caller) = body_of(path, &owner.objects);
            if loss == Loss::Demoted && caller.may(Role::Viewer) {
                continue;
            }
            let before = owner.app.audit_events().await;
            let json = [("content-type", "application/json")];
            let (answer, waited) = owner.send_late(path, &json, body, loss).await;
            assert!(waited, "{path}: the body was not read");
            if path != "/api/keys/bulk" {
                // The answer has an outcome for each key.
                let expected = if loss == Loss::Demoted { 403 } else { 401 };
                assert_eq!(answer.status, expected, "{path} {loss:?}: {}", answer.body);
            }
            assert_eq!(owner.did_since(before).await, Vec::<String>::new(), "{path} {loss:?}");
            assert!(!answer.body.contains("sk_"), "{path} {loss:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_form_uses_the_permissions_of_the_time_when_its_body_ends() {
    for (number, route) in routes().into_iter().enumerate() {
        if route.kind != RouteKind::Post || route.access == Access::Public {
            continue;
        }
        // The form is sent by a browser without scripts, and by the scripts of a page.
        let losses = [Loss::Disabled, Loss::Demoted, Loss::LoggedOut].into_iter();
        for (loss, accept) in losses.flat_map(|loss| ["text/html", "application/json"].map(|accept| (loss, accept))) {
            let owner = Owner::new(number).await;
            let path = route.path.replace("{id}", owner.objects.subjects.id(route.path));
            let body = match route.path {
                "/profiles/new" => serde_html_form::to_string(profile("Mild", 0)).unwrap(),
                "/profiles/{id}/edit" => serde_html_form::to_string(profile("Stricter", 1)).unwrap(),
                path => serde_html_form::to_string(fields(path, &owner.objects)).unwrap(),
            };
            if body.is_empty() {
                // The handler of this route does not wait for the body.
                continue;
            }
            let before = owner.app.audit_events().await;
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("accept", accept),
            ];
            let (answer, waited) = owner.send_late(&path, &headers, body, loss).await;
            assert!(waited, "{path}: the body was not read");
            let expected = if loss == Loss::Demoted { 403 } else { 401 };
            assert_eq!(answer.status, expected, "{path} {loss:?}: {}", answer.body);
            assert_eq!(owner.did_since(before).await, Vec::<String>::new(), "{path} {loss:?}");
            assert!(!answer.body.contains("value=\"sk_"), "{path} {loss:?}");
        }
    }
}

#[tokio::test]
async fn a_password_proof_that_ends_while_the_body_arrives_does_not_count() {
    for (number, path) in STEP_UP.into_iter().enumerate() {
        let owner = Owner::new(number).await;
        let (body, _) = body_of(path, &owner.objects);
        owner.app.pass(14 * MINUTE).await;
        let (services, clock) = (Arc::clone(&owner.app.services), owner.app.clock());
        let before = owner.app.audit_events().await;
        let mut body = body.into_bytes();
        let last = body.split_off(body.len() - 1);
        let pieces = stream::iter([body]).chain(stream::once(async move {
            clock.advance(2 * MINUTE);
            services.cluster.load_index().await.unwrap();
            last
        }));
        let pieces = pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        let call = owner.app.post(path).header("content-type", "application/json");
        let answer = call.body(Body::from_stream(pieces)).await;
        assert_eq!(answer.status, 401, "{path}: {}", answer.body);
        assert_eq!(
            answer.error("password_needed"),
            "Confirm your password first.",
            "{path}"
        );
        assert_eq!(owner.did_since(before).await, Vec::<String>::new(), "{path}");
    }
}
