//! The node has not loaded its keys, or has not heard from the database for too long, so it does not decide.

use std::time::{Duration, Instant};

use model::endpoint::Grant;
use model::time::MINUTE;
use serde_json::json;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn before_the_keys_are_loaded_every_request_is_refused() {
    let app = TestApp::with(Setup {
        loaded: false,
        ..Setup::default()
    })
    .await;
    let key = app.create_key(Grant::All).await;
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.problem(), "ERR_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_node_without_its_database_stops_answering_until_the_database_is_back() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    // The two clocks leave off parts of milliseconds, so a node stops a moment earlier.
    app.pass_in_silence(5 * MINUTE - 2);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    app.pass_in_silence(3);
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "code": "ERR_UNAVAILABLE",
      "detail": "This node has not heard from its database for too long to answer from memory.",
      "endpoint": null,
      "status": 503,
      "title": "Service Unavailable",
      "type": "about:blank"
    }
    "#);
    app.pass(0).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_change_that_this_node_does_not_know_is_waited_for_one_second() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let last = app.services.cluster.last_change().await.unwrap();
    let began = Instant::now();
    let answer = app
        .verify(&json!({ "key": key.token, "endpoint": "chat", "minChange": last + 1 }))
        .await;
    let took = began.elapsed();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.problem(), "ERR_BEHIND");
    assert_eq!(
        answer.json()["detail"],
        format!("This node has not applied change {} yet.", last + 1)
    );
    assert!(
        took >= Duration::from_millis(990) && took < Duration::from_secs(5),
        "{took:?}"
    );
    // A request that names a known change is answered.
    let answer = app
        .verify(&json!({ "key": key.token, "endpoint": "chat", "minChange": last }))
        .await;
    assert_eq!(answer.json()["code"], "VALID");
}

#[tokio::test]
async fn numbers_that_no_change_has_do_not_fill_the_node_with_waiting_requests() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let body = json!({ "key": key.token, "endpoint": "chat", "minChange": i64::MAX });
    let began = Instant::now();
    let asked = (0..500).map(|_| async {
        let answer = app.verify(&body).await;
        assert_eq!(answer.problem(), "ERR_BEHIND");
        began.elapsed()
    });
    let took = futures_util::future::join_all(asked).await;
    let waited = took.iter().filter(|took| took.as_millis() >= 990).count();
    assert!(waited < 500, "most are refused at once");
    // 16 waited, and the others were answered before those.
    assert_eq!(waited, 16, "{took:?}");
}

#[tokio::test]
async fn a_node_without_keys_says_so_before_it_waits() {
    let app = TestApp::with(Setup {
        loaded: false,
        ..Setup::default()
    })
    .await;
    let answer = app
        .verify(&json!({ "key": "sk_live_x", "endpoint": "chat", "minChange": 1 }))
        .await;
    assert_eq!(answer.problem(), "ERR_UNAVAILABLE");
}
