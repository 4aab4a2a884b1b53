//! A person's session: it only reads, and only for pages of the same site.

use model::role::Role;
use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn a_session_reads_for_the_same_site() {
    let app = TestApp::new().await.with_owner().await;
    for site in [None, Some("same-origin"), Some("none")] {
        let call = app.get("/manage/v1/users");
        let call = match site {
            Some(site) => call.header("sec-fetch-site", site),
            None => call,
        };
        let answer = call.await;
        assert_eq!(answer.status, 200, "{site:?} {}", answer.body);
        assert_eq!(answer.json()["data"][0]["role"], "owner");
    }
    for site in ["cross-site", "same-site", "nonsense"] {
        let answer = app.get("/manage/v1/users").header("sec-fetch-site", site).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (401, "ERR_UNAUTHENTICATED"),
            "{site}"
        );
    }
}

#[tokio::test]
async fn a_session_changes_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let events = app.audit_events().await;
    let body = json!({"name": "Shop", "environment": "default"});
    let answer = app
        .post_json("/manage/v1/keys", &body)
        .header("sec-fetch-site", "same-origin")
        .await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "ERR_UNAUTHENTICATED"));
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn a_session_has_the_role_of_its_person_and_a_refusal_is_recorded() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let events = app.audit_events().await;
    let answer = app.get("/manage/v1/audit-events").await;
    assert_eq!((answer.status, answer.problem().as_str()), (403, "ERR_FORBIDDEN"));
    assert_eq!(app.audit_events().await, events + 1);
    assert_eq!(app.get("/manage/v1/keys").await.status, 200);
}
