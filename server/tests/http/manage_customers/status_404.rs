use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn an_id_that_no_customer_has_is_not_found() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    for id in [
        "cus_0123456789",
        "external:nobody",
        "external:",
        "external:cus_0123456789",
        "acme",
        "key_0123456789",
        "external:%00",
    ] {
        let path = format!("/customers/{id}");
        for answer in [
            program.get(&path).await,
            program.patch(&path, &json!({"name": "X"})).await,
            program.ask("DELETE", &path).await,
        ] {
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (404, "ERR_NOT_FOUND"),
                "{id}"
            );
        }
    }
}
