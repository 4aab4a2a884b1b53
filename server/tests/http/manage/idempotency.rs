//! A request that is repeated under its Idempotency-Key gets the answer of the first time, and nothing is made twice.

use futures_util::future::join_all;
use serde_json::json;

use super::Program;
use crate::common::TestApp;

#[tokio::test]
async fn many_equal_creates_at_once_make_one_key_and_get_equal_answers() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"name": "Shop", "environment": "default"});
    let calls = (0..100).map(|_| {
        let call = program.post("/keys", &body).header("idempotency-key", "order-1");
        async move { call.await }
    });
    let answers = join_all(calls).await;
    let first = &answers[0];
    assert_eq!(first.status, 201, "{}", first.body);
    assert!(first.json()["token"].as_str().unwrap().starts_with("sk_live_"));
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (first.status, &first.body));
        for name in ["latchkey-change", "etag", "location"] {
            assert!(answer.header(name).is_some(), "{name}");
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
    }
    let list = program.get("/keys").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_post_can_be_repeated() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let key = admin.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let endpoint = json!({"name": "more", "title": "More", "patterns": [{"method": "GET", "path": "/more"}]});
    for (number, (path, body)) in [
        (format!("{path}/rotate"), json!({"grace": "1h"})),
        (format!("{path}/explain"), json!({"method": "GET", "path": "/x"})),
        ("/environments".to_owned(), json!({"name": "staging", "kind": "test"})),
        ("/endpoints".to_owned(), endpoint),
        ("/profiles".to_owned(), json!({"name": "Strict"})),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("request-{number}");
        let first = admin.post(&path, &body).header("idempotency-key", &key).await;
        assert!(first.status < 300, "{path}: {}", first.body);
        let events = app.audit_events().await;
        let again = admin.post(&path, &body).header("idempotency-key", &key).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        assert_eq!(
            again.header("latchkey-change"),
            first.header("latchkey-change"),
            "{path}"
        );
        assert_eq!(app.audit_events().await, events, "{path}");
    }
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused_and_another_program_has_keys_of_its_own() {
    let app = TestApp::new().await;
    let (one, other) = (
        Program::named(&app, "one", "developer", &[]).await,
        Program::named(&app, "other", "developer", &[]).await,
    );
    let body = |name: &str| json!({"name": name, "environment": "default"});
    let first = one
        .post("/keys", &body("Shop"))
        .header("idempotency-key", "order-1")
        .await;
    let refused = one
        .post("/keys", &body("Store"))
        .header("idempotency-key", "order-1")
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (422, "ERR_IDEMPOTENCY_KEY_REUSED")
    );
    assert_eq!(refused.json()["errors"][0]["field"], "Idempotency-Key");
    let others = other
        .post("/keys", &body("Shop"))
        .header("idempotency-key", "order-1")
        .await;
    assert_eq!(others.status, 201);
    assert_ne!(others.json()["token"], first.json()["token"]);
}

/// A refused request can be mended and sent again under the same key.
#[tokio::test]
async fn only_what_was_done_is_kept() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = |name: &str| json!({"name": name, "environment": "default"});
    let refused = program
        .post("/keys", &body(""))
        .header("idempotency-key", "order-1")
        .await;
    assert_eq!(refused.status, 422);
    let made = program
        .post("/keys", &body("Shop"))
        .header("idempotency-key", "order-1")
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
}

/// As after `kill -9` between the commit and the answer: the answer is lost.
#[tokio::test]
async fn an_answer_that_was_lost_can_be_asked_for_again() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"name": "Shop", "environment": "default"});
    let call = || program.post("/keys", &body).header("idempotency-key", "order-1");
    // The head of the answer comes after the commit; its body is never read.
    let head = call().open().await;
    assert_eq!(head.status(), 201);
    drop(head);
    let again = call().await;
    assert_eq!(again.status, 201);
    let list = program.get("/keys").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["id"], again.json()["id"]);
}
