//! Without a session, no server function does anything.

use super::{TestSubjects, functions};
use crate::common::{Answer, TestApp};

async fn ask_signed_out(headers: &[(&str, &str)]) -> Vec<(String, Answer)> {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let subjects = TestSubjects::create(&app, &key).await;
    let change = *app.services.cluster.watch_changes().borrow();
    app.forget_cookies();
    let mut answers = Vec::new();
    for function in functions(&subjects) {
        if function.is_form() && headers.contains(&("accept", "text/html")) {
            // A form that a browser sends leads to the login.
            continue;
        }
        let call = function.send(&app);
        let call = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value));
        answers.push((function.path, call.await));
    }
    assert_eq!(app.code(&key.token, "chat").await, "VALID", "nothing was changed");
    assert_eq!(
        *app.services.cluster.watch_changes().borrow(),
        change,
        "nothing was changed"
    );
    answers
}

#[tokio::test]
async fn every_function_answers_401_without_a_session() {
    for (path, answer) in ask_signed_out(&[("accept", "application/json")]).await {
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            answer.error("signed_out").starts_with("Your session has ended."),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn the_accept_and_referer_headers_of_a_browser_change_nothing() {
    let headers = [("accept", "text/html"), ("referer", "https://evil.example/")];
    for (path, answer) in ask_signed_out(&headers).await {
        assert_eq!((answer.status, answer.header("location")), (401, None), "{path}");
    }
}
