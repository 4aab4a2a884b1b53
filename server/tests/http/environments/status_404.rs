//! There is no such environment.

use super::{of_one, post};
use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_thing_is_reported_as_missing() {
    let app = TestApp::new().await.with_owner().await;
    let events = app.audit_events().await;
    for id in ["env_0000000000", "default", "", "' OR 1=1 --", "key_0000000000"] {
        for (path, more) in of_one() {
            let answer = post(&app, path, id, &more).await;
            assert_eq!(answer.status, 404, "{path} {id:?}: {}", answer.body);
            let sentence = format!("There is no environment {id}.");
            assert_eq!(answer.error("not_found"), sentence, "{path}");
        }
    }
    assert_eq!(app.audit_events().await, events);
}
