//! The requests of the scripts of a page.

use serde_json::json;

use super::without_database;

const NOTHING_CHANGED: &str = "The console cannot reach its database. Nothing was changed. Try again in a moment.";

#[tokio::test]
async fn a_function_that_reads_says_that_the_database_is_away() {
    let app = without_database().await;
    for function in ["home", "frame", "users/list"] {
        let answer = app.post_json(&format!("/api/{function}"), &json!({})).await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("5")),
            "{function}"
        );
        assert_eq!(answer.error("unavailable"), "The console cannot reach its database.");
    }
}

#[tokio::test]
async fn a_function_that_changes_something_says_that_nothing_was_changed() {
    let app = without_database().await;
    for function in ["keys/disable", "account/end-other-sessions"] {
        let answer = app
            .post_json(&format!("/api/{function}"), &json!({ "id": "key_0000000000" }))
            .await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("5")),
            "{function}"
        );
        assert_eq!(answer.error("unavailable"), NOTHING_CHANGED);
    }
}

#[tokio::test]
async fn a_form_that_scripts_send_gets_the_same_error() {
    let app = without_database().await;
    for form in ["/keys/new", "/keys/key_0000000000/edit", "/profiles/new"] {
        let answer = app
            .post_form(form, &[("name", "Shop")])
            .header("accept", "application/json")
            .await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("5")),
            "{form}"
        );
        assert_eq!(answer.error("unavailable"), NOTHING_CHANGED, "{form}");
    }
}
