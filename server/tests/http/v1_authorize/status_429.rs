//! The key has reached its rate limit.

use backend::keys::NewKey;
use model::endpoint::Grant;
use model::limit::Limits;
use model::time::SECOND;
use serde_json::json;

use crate::common::{TestApp, new_key};

const CHAT: &str = "/api/v1/chat/completions";

fn limited(second: Option<u32>, day: Option<u32>) -> NewKey {
    NewKey {
        limits: Limits {
            second,
            minute: None,
            day,
        },
        ..new_key(Grant::All)
    }
}

#[tokio::test]
async fn the_next_request_is_refused_until_there_is_room_again() {
    let app = TestApp::new().await;
    let key = app.create(&limited(Some(2), None)).await;
    app.pass_in_silence(SECOND);
    for left in ["1", "0"] {
        let answer = app.authorize(&key.token, "POST", CHAT).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"second\";q=2;w=1"));
        assert_eq!(answer.header("ratelimit"), Some(&*format!("\"second\";r={left};t=1")));
        assert_eq!(answer.header("retry-after"), None);
    }
    let refused = app.authorize(&key.token, "POST", CHAT).await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (429, "ERR_TOO_MANY_REQUESTS")
    );
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("ratelimit"), Some("\"second\";r=0;t=1"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(refused.header("x-latchkey-key-id"), None);
    app.pass_in_silence(SECOND / 2);
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 200);
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 429);
}

#[tokio::test]
async fn the_answer_names_all_limits_and_the_tightest_refuses() {
    let app = TestApp::new().await;
    let key = app.create(&limited(Some(10), Some(1))).await;
    app.pass_in_silence(86_400 * SECOND);
    let policy = "\"second\";q=10;w=1, \"day\";q=1;w=86400";
    let first = app.authorize(&key.token, "POST", CHAT).await;
    assert_eq!(first.status, 503, "the database was silent for a day");
    app.pass(0).await;
    let first = app.authorize(&key.token, "POST", CHAT).await;
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, Some(policy)));
    let refused = app.authorize(&key.token, "POST", CHAT).await;
    assert_eq!(
        (refused.status, refused.header("ratelimit-policy")),
        (429, Some(policy))
    );
    assert_eq!(refused.header("retry-after"), Some("86400"));
}

#[tokio::test]
async fn a_request_that_another_check_refuses_does_not_count_towards_a_limit() {
    let app = TestApp::new().await;
    let key = app.create(&limited(None, Some(1))).await;
    app.pass(86_400 * SECOND).await;
    let forbidden = app.authorize(&key.token, "POST", "/nowhere").await;
    assert_eq!((forbidden.status, forbidden.header("ratelimit")), (403, None));
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 200);
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 429);
}

#[tokio::test]
async fn verify_and_authorize_share_the_limit() {
    let app = TestApp::new().await;
    let key = app.create(&limited(None, Some(1))).await;
    app.pass(86_400 * SECOND).await;
    let asked = json!({ "key": key.token, "endpoint": "chat" });
    let valid = app.verify(&asked).await;
    assert_eq!(valid.json()["code"], "VALID");
    assert_eq!(valid.header("ratelimit"), Some("\"day\";r=0;t=86400"));
    let limited = app.verify(&asked).await;
    assert_eq!((limited.status, limited.header("retry-after")), (200, Some("86400")));
    assert_eq!(
        (&limited.json()["valid"], &limited.json()["code"]),
        (&json!(false), &json!("RATE_LIMITED"))
    );
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 429);
}
