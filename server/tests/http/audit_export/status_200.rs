//! Admins and Owners export the audit log.

use axum::body::{Body, Bytes};
use backend::audit::Actor;
use http_body_util::BodyExt as _;
use model::endpoint::Grant;
use model::role::Role;
use model::time::SECOND;
use serde_json::json;

use super::{events, numbers};
use crate::common::{TestApp, email, new_key};

#[tokio::test]
async fn each_line_of_the_file_is_an_event() {
    for role in [Role::Admin, Role::Owner] {
        let app = TestApp::new().await.with_user(role).await;
        let key = app.create_own_key("Shop \"1\"\n").await;
        let before = app.audit_events().await;
        let answer = app.get("/audit/export").await;
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        assert_eq!(
            answer.header("content-disposition"),
            Some("attachment; filename=\"latchkey-audit-2026-11-22.jsonl\"")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(numbers(&answer), (1..=before + 1).rev().collect::<Vec<_>>());
        let events = events(&answer);
        // The export itself is an event, too.
        assert_eq!(events[0]["action"], "audit.exported");
        assert_eq!(events[0]["actor"]["name"], role.as_str());
        assert_eq!(events[0]["actor"]["address"], "203.0.113.7");
        assert_eq!(app.audit_events().await, before + 1);
        let made = events.iter().find(|event| event["action"] == "key.created").unwrap();
        assert_eq!(made["subject"]["id"], key.id.as_str());
        assert_eq!(
            (&made["at"], &made["atMs"]),
            (&json!("2026-11-22T05:43:00Z"), &json!(1_795_326_180_000_i64))
        );
        assert_eq!(made["details"]["environment"], "default");
        assert_eq!(made["mac"].as_str().unwrap().len(), 64);
        assert!(!answer.body.contains(&key.token));
    }
}

#[tokio::test]
async fn the_query_string_of_the_page_filters_the_list() {
    let app = TestApp::new().await.with_owner().await;
    app.create_own_key("Shop & co").await;
    app.create_own_key("Mail").await;
    let shop = events(
        &app.get("/audit/export?subject=shop+%26&action=key.created&colour=red")
            .await,
    );
    assert_eq!(shop.len(), 1);
    assert_eq!(shop[0]["subject"]["name"], "Shop & co");
    let today = app
        .get("/audit/export?from=2026-11-22&to=2026-11-22&action=key.created")
        .await;
    assert_eq!(events(&today).len(), 2);
    let tomorrow = app.get("/audit/export?from=2026-11-23&actor=&before=7").await;
    assert_eq!((tomorrow.status, tomorrow.body.as_str()), (200, ""));
    let noted = events(&app.get("/audit/export?action=audit.exported").await);
    assert_eq!(noted.len(), 4);
    assert_eq!(noted[1]["details"]["query"]["from"], "2026-11-23");
    assert_eq!(noted[3]["details"]["query"]["subject"], "shop &");
}

#[tokio::test]
async fn a_long_audit_log_is_exported_completely() {
    let app = TestApp::new().await.with_owner().await;
    let by = Actor::command_line();
    app.services
        .keys
        .create_many(&by, &new_key(Grant::All), 2_500)
        .await
        .unwrap();
    // The export has every event once, from the latest to the first. While it runs, keys become ACTIVE, which adds events.
    let all = numbers(&app.get("/audit/export").await);
    assert!(all.len() > 2_500);
    let whole = (1..=all[0]).rev();
    assert!(whole.eq(all.iter().copied()), "{all:?}");
    let made = numbers(&app.get("/audit/export?action=key.created").await);
    assert_eq!(made.len(), 2_500);
}

/// The next piece of the answer.
async fn piece(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    let frame = body.frame().await?;
    Some(frame.map(|frame| frame.into_data().unwrap()))
}

#[tokio::test]
async fn an_export_stops_when_the_session_ends_or_the_role_changes() {
    for taken_away in [false, true] {
        let app = TestApp::new().await.with_user(Role::Admin).await;
        let by = Actor::command_line();
        app.services
            .keys
            .create_many(&by, &new_key(Grant::All), 3_500)
            .await
            .unwrap();
        let mut body = app.get("/audit/export").open().await.into_body();
        piece(&mut body).await.unwrap().unwrap();
        app.pass_in_silence(SECOND);
        piece(&mut body).await.unwrap().unwrap();
        if taken_away {
            let id = app
                .services
                .accounts
                .find_by_email(&backend::Actor::command_line(), &email(Role::Admin))
                .await
                .unwrap();
            // The last Owner cannot be demoted, so there must be another.
            app.add_user(Role::Owner).await;
            app.services.accounts.set_role(&by, &id, Role::Developer).await.unwrap();
        } else {
            assert_eq!(app.post("/logout").await.status, 303);
        }
        // A check of the permission counts for a second.
        app.pass_in_silence(SECOND);
        assert!(piece(&mut body).await.unwrap().is_err());
        assert!(piece(&mut body).await.is_none());
    }
}
