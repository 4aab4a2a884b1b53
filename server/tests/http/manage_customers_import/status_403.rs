use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn another_status_takes_an_administrator() {
    let app = TestApp::new().await;
    let body = |status: &str| json!({"customers": [{"externalId": "acme", "name": "Acme", "status": status}]});
    let developer = Program::named(&app, "developer", "developer", &[]).await;
    let refused = developer.post("/customers/import", &body("suspended")).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "ERR_FORBIDDEN"));
    // The status that a new customer has is no change.
    assert_eq!(developer.post("/customers/import", &body("active")).await.status, 200);
    let admin = Program::named(&app, "admin", "admin", &[]).await;
    assert_eq!(admin.post("/customers/import", &body("suspended")).await.status, 200);
    let refused = developer.post("/customers/import?dryRun=true", &body("active")).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}

#[tokio::test]
async fn viewers_and_accounts_that_are_kept_to_an_environment_import_nothing() {
    let app = TestApp::new().await;
    let body = json!({"customers": [{"externalId": "acme", "name": "Acme"}]});
    let viewer = Program::named(&app, "viewer", "viewer", &[]).await;
    let kept = Program::named(&app, "kept", "admin", &["default"]).await;
    for program in [viewer, kept] {
        for path in ["/customers/import", "/customers/import?dryRun=true"] {
            let refused = program.post(path, &body).await;
            assert_eq!(
                (refused.status, refused.problem().as_str()),
                (403, "ERR_FORBIDDEN"),
                "{path}"
            );
        }
    }
}
