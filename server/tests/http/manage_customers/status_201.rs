use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_customer_is_made_with_all_that_was_asked_for() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let new = json!({
        "externalId": " acme-7 ",
        "name": "Acme",
        "metadata": {"plan": "pro", "seats": [1, 2.5, null]},
        "rateLimit": {"minute": 600},
    });
    let answer = program.post("/customers", &new).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let customer = answer.json();
    let id = customer["id"].as_str().unwrap();
    assert_eq!(answer.header("location").unwrap(), format!("/manage/v1/customers/{id}"));
    assert!(answer.header("latchkey-change").is_some() && answer.header("etag").is_some());
    assert_eq!(customer["externalId"], "acme-7");
    assert_eq!(customer["status"], "active");
    assert_eq!(customer["metadata"], new["metadata"]);
    assert_eq!(
        customer["rateLimit"],
        json!({"second": null, "minute": 600, "day": null})
    );
    assert_eq!((&customer["keys"], &customer["lastUsedAt"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn a_repeated_request_makes_one_customer() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let new = json!({"externalId": "acme", "name": "Acme"});
    let ask = || program.post("/customers", &new).header("idempotency-key", "signup-1");
    let (first, again) = (ask().await, ask().await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    let all = program.get("/customers").await.json();
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_account_that_is_kept_to_an_environment_creates_customers() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &["default"]).await;
    super::create(&program, "acme").await;
    super::create_key(&app, &program, "external:acme").await;
}
