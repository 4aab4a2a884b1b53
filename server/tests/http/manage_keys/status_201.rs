use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_key_is_made_with_all_that_was_asked_for() {
    let app = TestApp::new().await;
    let program = Program::named(&app, "billing", "developer", &[]).await;
    let new = json!({
        "name": "  Shop ",
        "description": "Reads orders",
        "tags": ["EU", "team:billing"],
        "location": "Vault, secret/shop",
        "environment": "default",
        "endpoints": ["image", "chat"],
        "biasProfile": null,
        "expiresAt": "2026-12-24T18:00:00.250Z",
        "rateLimit": {"second": 10, "day": 1000},
        "allowedAddresses": ["203.0.113.9", "2001:db8::/32"],
    });
    let answer = program.post("/keys", &new).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let key = answer.json();
    let id = key["id"].as_str().unwrap();
    assert_eq!(answer.header("location").unwrap(), format!("/manage/v1/keys/{id}"));
    let change: i64 = answer.header("latchkey-change").unwrap().parse().unwrap();
    assert!(change > 0);
    assert_eq!(key["name"], "Shop");
    assert_eq!(key["createdBy"], "billing");
    assert_eq!(key["description"], "Reads orders");
    assert_eq!(key["tags"], json!(["eu", "team:billing"]));
    assert_eq!(key["location"], "Vault, secret/shop");
    assert_eq!(key["owner"], json!(null), "a program is no person");
    assert_eq!(key["endpoints"], json!(["chat", "image"]));
    assert_eq!(key["expiresAt"], "2026-12-24T18:00:00.250Z");
    assert_eq!(key["rateLimit"], json!({"second": 10, "minute": null, "day": 1000}));
    assert_eq!(key["allowedAddresses"], json!(["203.0.113.9/32", "2001:db8::/32"]));
    assert_eq!(key["status"], "provisioning");
    assert_eq!(
        (&key["lastUsedAt"], &key["allowedLast24Hours"]),
        (&json!(null), &json!(0))
    );

    // The token works, is never shown again, and the object is the same but for its status.
    let token = key["token"].as_str().unwrap().to_owned();
    app.provisioned(&token).await;
    let read = program.get(&format!("/keys/{id}")).await;
    assert!(!read.body.contains(&token));
    assert_eq!(read.header("etag"), answer.header("etag"), "it became active by itself");
    let mut made = key.clone();
    made.as_object_mut().unwrap().remove("token");
    made["status"] = json!("active");
    assert_eq!(read.json(), made);
    let asked = json!({"key": token, "endpoint": "chat", "ip": "203.0.113.9"});
    assert_eq!(app.verify(&asked).await.json()["code"], "VALID");
}

#[tokio::test]
async fn without_more_a_key_may_call_everything_for_ever() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    assert_eq!((&key["endpoints"], &key["expiresAt"]), (&json!(null), &json!(null)));
    assert_eq!(key["allowedAddresses"], json!([]));
    assert_eq!(
        (&key["description"], &key["tags"], &key["location"]),
        (&json!(""), &json!([]), &json!(""))
    );
    assert_eq!(app.code(key["token"].as_str().unwrap(), "image").await, "VALID");
}
