//! A database that is cut off, and comes back. SQLite has no line that could be cut.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::assert_outage;
use crate::common::proxy::Line;
use crate::common::{Setup, TestApp};

/// How long a person waits for an answer at most.
const LIMIT: Duration = Duration::from_secs(8);

/// A server that follows changes, with an owner who is logged in, and PostgreSQL behind a proxy. `None` where the tests run on
/// SQLite.
async fn behind_proxy() -> Option<TestApp> {
    if !crate::common::database::on_postgres() {
        return None;
    }
    let setup = Setup {
        behind_proxy: true,
        ..Setup::default()
    };
    let app = TestApp::with(setup).await.with_owner().await;
    let services = Arc::clone(&app.services);
    tokio::spawn(async move { services.cluster.follow_changes().await });
    Some(app)
}

#[tokio::test]
async fn pages_answer_soon_while_the_database_is_away_and_work_when_it_is_back() {
    let Some(app) = behind_proxy().await else { return };
    for line in [Line::Closed, Line::Silent] {
        assert_eq!(app.get("/keys").await.status, 200, "{line:?}");
        app.cut(line);
        for path in ["/keys", "/settings/users"] {
            let asked = Instant::now();
            let page = app.get(path).await;
            assert_outage(&page, path);
            assert!(asked.elapsed() < LIMIT, "{line:?} {path}: {:?}", asked.elapsed());
        }
        let asked = Instant::now();
        let answer = app
            .post_json("/api/keys/disable", &json!({ "id": "key_0000000000" }))
            .await;
        assert_eq!(answer.status, 503, "{line:?}: {}", answer.body);
        assert!(asked.elapsed() < LIMIT, "{line:?}: {:?}", asked.elapsed());
        // By now the server knows that the database is away.
        while !app.services.cluster.is_database_away() {
            sleep(Duration::from_millis(50)).await;
        }
        let asked = Instant::now();
        assert_outage(&app.get("/keys").await, "known to be away");
        assert!(
            asked.elapsed() < Duration::from_secs(3),
            "{line:?}: {:?}",
            asked.elapsed()
        );

        app.cut(Line::Open);
        let back = async {
            while app.get("/keys").await.status != 200 {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(Duration::from_secs(20), back).await.unwrap();
    }
}

#[tokio::test]
async fn the_live_stream_ends_when_the_database_is_lost() {
    let Some(app) = behind_proxy().await else { return };
    let stream = app.get("/events").header("accept", "text/event-stream").open().await;
    assert_eq!(stream.status(), StatusCode::OK);
    app.cut(Line::Closed);
    let ended = http_body_util::BodyExt::collect(stream.into_body());
    let events = timeout(Duration::from_secs(15), ended)
        .await
        .unwrap()
        .unwrap()
        .to_bytes();
    let events = String::from_utf8(events.to_vec()).unwrap();
    assert!(!events.contains("over"), "the session has not ended: {events}");
    assert_eq!(app.get("/events").await.status, 503);
}
