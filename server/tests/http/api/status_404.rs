//! There is no such key, bias profile or customer, or no such function.

use serde_json::json;

use super::{TestSubjects, functions};
use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_thing_is_reported_as_missing() {
    let app = TestApp::new().await.with_owner().await;
    for (key, profile, customer) in [
        ("key_0000000000", "prof_0000000000", "cus_0000000000"),
        ("prof_0000000000", "cus_0000000000", "key_0000000000"),
        ("", "", ""),
        ("' OR 1=1 --", "' OR 1=1 --", "' OR 1=1 --"),
    ] {
        let subjects = TestSubjects {
            key: key.to_owned(),
            profile: profile.to_owned(),
            customer: customer.to_owned(),
            ..TestSubjects::default()
        };
        for function in functions(&subjects).into_iter().filter(TestSubjects::has_one_subject) {
            let answer = function.send(&app).await;
            assert_eq!(answer.status, 404, "{} {key:?}: {}", function.path, answer.body);
            assert!(
                answer.error("not_found").starts_with("There is no "),
                "{} {key:?}",
                function.path
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_old_token_is_reported_as_ended() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let subjects = TestSubjects::create(&app, &key).await;
    // The key was not rotated, so it has no old token.
    for token in [subjects.old_token.as_str(), &key.token, "", "0000000000000000"] {
        let body = json!({ "id": key.id, "token": token });
        let answer = app.post_json("/api/keys/end-old-token", &body).await;
        assert_eq!(answer.status, 404, "{token:?}: {}", answer.body);
        assert_eq!(answer.error("not_found"), "This old token has ended already.");
    }
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn an_unknown_function_gets_404() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(app.post_json("/api/no/such", &json!({})).await.status, 404);
}
