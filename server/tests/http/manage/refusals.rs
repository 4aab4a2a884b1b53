//! A refusal of a service account is an event of the audit log, as one of a person is, and at the same limited rate.

use model::time::MINUTE;
use serde_json::{Value, json};

use super::Program;
use crate::common::TestApp;

/// The newest refusals in the audit log, the newest first.
async fn refusals(admin: &Program<'_>) -> Vec<Value> {
    let page = admin.get("/audit-events?action=console.refused").await.json();
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_refusal_names_the_service_account_and_what_it_asked_for() {
    let app = TestApp::new().await;
    let admin = Program::named(&app, "admin", "admin", &[]).await;
    let viewer = Program::named(&app, "billing", "viewer", &[]).await;
    let kept = Program::named(&app, "kept", "admin", &["default"]).await;
    let body = json!({"name": "Shop", "environment": "default"});
    assert_eq!(viewer.post("/keys", &body).await.status, 403);
    assert_eq!(kept.get("/nodes?").await.status, 403);
    let [of_kept, of_viewer] = &refusals(&admin).await[..] else {
        panic!("{:?}", refusals(&admin).await);
    };
    assert_eq!(of_viewer["actor"]["name"], "billing");
    assert_eq!(of_viewer["subject"]["name"], "billing");
    assert!(of_viewer["subject"]["id"].as_str().unwrap().starts_with("svc_"));
    assert_eq!(of_viewer["details"], "POST /manage/v1/keys");
    assert_eq!(of_viewer["address"], "203.0.113.7");
    assert_eq!(of_kept["details"], "GET /manage/v1/nodes");
    // What is refused for another reason is no matter of permissions.
    assert_eq!(viewer.get("/keys/key_0000000000").await.status, 404);
    assert_eq!(refusals(&admin).await.len(), 2);
}

#[tokio::test]
async fn a_program_that_keeps_asking_does_not_fill_the_log() {
    let app = TestApp::new().await;
    let admin = Program::named(&app, "admin", "admin", &[]).await;
    let (noisy, other) = (
        Program::named(&app, "noisy", "viewer", &[]).await,
        Program::named(&app, "other", "viewer", &[]).await,
    );
    for _ in 0..25 {
        assert_eq!(noisy.get("/nodes").await.status, 403);
    }
    assert_eq!(refusals(&admin).await.len(), 10);
    assert_eq!(other.get("/nodes").await.status, 403);
    assert_eq!(refusals(&admin).await.len(), 11, "one hides no other");
    app.clock().advance(MINUTE);
    assert_eq!(noisy.get("/nodes").await.status, 403);
    let told = refusals(&admin).await;
    assert_eq!(told.len(), 12);
    let details = told[0]["details"].as_str().unwrap();
    assert!(details.contains("15 more like it were not noted"), "{details}");
}
