//! Viewers and Developers may neither see environment keys nor change environments.

use backend::audit::Actor;
use model::audit::AuditQuery;
use model::role::Role;
use model::time::{HOUR, MINUTE};
use serde_json::json;

use super::{default, of_one, post};
use crate::common::{TestApp, email};

#[tokio::test]
async fn the_answer_says_whom_to_ask_and_the_refusal_is_recorded() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        let id = default(&app).await;
        let mut requests: Vec<_> = of_one().into_iter().map(|(path, more)| (path, Some(more))).collect();
        requests.extend([("/api/environments/list", None), ("/api/environments/create", None)]);
        for (path, more) in requests {
            let form = json!({ "form": { "name": "x", "kind": "live" } });
            let answer = match more {
                Some(more) => post(&app, path, &id, &more).await,
                None => app.post_json(path, &form).await,
            };
            assert_eq!(answer.status, 403, "{role:?} {path}: {}", answer.body);
            let of_its_key = ["reveal", "copied", "rotate"].iter().any(|end| path.ends_with(end));
            let what = if of_its_key {
                "reveal the keys of environments"
            } else {
                "access environments"
            };
            let sentence = format!("{}s can't {what}. Ask an admin.", role.title());
            assert_eq!(answer.error("forbidden"), sentence, "{path}");
            let event = app
                .services
                .audit
                .list(&Actor::command_line(), &AuditQuery::default())
                .await
                .unwrap()
                .events
                .remove(0);
            assert_eq!(
                (event.action.as_str(), event.details.as_str()),
                ("console.refused", &*format!("POST {path}"))
            );
            assert_eq!(event.subject_name, Some(email(role)));
        }
        assert_eq!(
            app.services
                .environments
                .list_selectable(&Actor::command_line())
                .await
                .unwrap()
                .len(),
            1,
            "nothing was done"
        );
    }
}

#[tokio::test]
async fn the_role_is_checked_before_the_password() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let id = default(&app).await;
    // The server does not ask a person without the permission for a password.
    app.pass(HOUR).await;
    let answer = post(&app, "/api/environments/reveal", &id, &json!({})).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[tokio::test]
async fn many_refusals_do_not_fill_the_log() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let events = app.audit_events().await;
    for _ in 0..30 {
        assert_eq!(app.post_json("/api/environments/list", &json!({})).await.status, 403);
    }
    assert_eq!(app.audit_events().await, events + 10);
    app.pass(MINUTE).await;
    app.post_json("/api/environments/list", &json!({})).await;
    let event = app
        .services
        .audit
        .list(&Actor::command_line(), &AuditQuery::default())
        .await
        .unwrap()
        .events
        .remove(0);
    assert_eq!(
        event.details,
        "POST /api/environments/list; 20 more like it were not noted"
    );
}
