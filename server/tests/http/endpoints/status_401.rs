//! Without a session, no function does anything.

use serde_json::json;

use super::{functions, names};
use crate::common::TestApp;

#[tokio::test]
async fn every_function_answers_401_without_a_session() {
    let app = TestApp::new().await.with_owner().await;
    let before = names(&app).await;
    app.forget_cookies();
    for (path, body) in functions() {
        let answer = app.post_json(path, &body).await;
        assert_eq!((answer.status, answer.json()), (401, json!("SignedOut")), "{path}");
    }
    assert_eq!(names(&app).await, before);
}
