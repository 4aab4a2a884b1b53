//! The last visible environment cannot be hidden.

use serde_json::json;

use super::{default, post, rows};
use crate::common::TestApp;

#[tokio::test]
async fn the_last_shown_environment_cannot_be_hidden() {
    let app = TestApp::new().await.with_owner().await;
    let id = default(&app).await;
    let answer = post(&app, "/api/environments/hide", &id, &json!({ "hidden": true })).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(
        answer.json(),
        json!({ "Refused": "“default” is the last environment that is shown. Show another one first." })
    );
    assert_eq!(rows(&app).await[0]["hidden"], false);
}
