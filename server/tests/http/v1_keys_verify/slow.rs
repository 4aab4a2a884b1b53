//! The body of the request does not arrive in time.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt as _};
use model::endpoint::Grant;

use crate::common::TestApp;

#[tokio::test]
async fn half_a_request_is_cut_off_with_408() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let half = format!("{{\"key\":\"{}\",", key.token);
    let begun = stream::iter([Ok::<_, Infallible>(Bytes::from(half))]);
    let call = app
        .post("/v1/keys/verify")
        .body(Body::from_stream(begun.chain(stream::pending())));
    // From here on, the clock jumps forward as soon as all tasks wait.
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let answer = call.await;
    assert_eq!((answer.status, answer.problem().as_str()), (408, "ERR_TIMEOUT"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(!answer.body.contains(&key.token));
    assert!(started.elapsed() <= Duration::from_secs(11));
}
