//! It is not clear which key the request has.

use model::endpoint::Grant;

use crate::common::{Answer, TestApp};

fn assert_refused(answer: &Answer, token: &str) {
    assert_eq!(answer.status, 400);
    assert_eq!(answer.problem(), "ERR_BAD_REQUEST");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-latchkey-key-id"), None);
    assert!(!answer.body.contains(token));
}

#[tokio::test]
async fn two_different_keys_are_refused_in_all_headers() {
    let app = TestApp::new().await;
    let one = app.create_key(Grant::All).await.token;
    let other = app.create_key(Grant::All).await.token;
    let ask = || app.get("/v1/authorize/api/v1/img");
    let bearer = |token: &str| format!("Bearer {token}");
    let last = if other.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &other[..other.len() - 1]);
    for call in [
        // A mistyped token counts as a key, since it was meant for Latchkey.
        ask()
            .header("authorization", &bearer(&mistyped))
            .header("x-api-key", &one),
        ask().header("authorization", &bearer(&one)).header("x-api-key", &other),
        ask()
            .header("authorization", &bearer(&one))
            .header("authorization", &bearer(&other)),
        ask().header("x-api-key", &one).header("x-api-key", &other),
        ask()
            .header("authorization", &bearer(&one))
            .header("x-api-key", "not a key"),
    ] {
        assert_refused(&call.await, &one);
    }
}

#[tokio::test]
async fn a_key_that_is_not_text_is_refused() {
    let app = TestApp::new().await;
    for name in ["authorization", "x-api-key"] {
        let answer = app.get("/v1/authorize/api/v1/img").header(name, "Bearer 🔑").await;
        assert_refused(&answer, "🔑");
    }
}
