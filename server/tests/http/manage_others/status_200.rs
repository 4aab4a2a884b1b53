use serde_json::{Value, json};

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn an_environment_is_renamed_and_hidden_in_one_change() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let made = admin
        .post("/environments", &json!({"name": "staging", "kind": "test"}))
        .await
        .json();
    let path = format!("/environments/{}", made["id"].as_str().unwrap());
    let events = app.audit_events().await;
    let answer = admin.patch(&path, &json!({"name": "qa", "hidden": true})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.json()["name"], &answer.json()["hidden"]),
        (&json!("qa"), &json!(true))
    );
    assert_eq!(app.audit_events().await, events + 2);
    let change = app.services.cluster.last_change().await.unwrap();
    assert_eq!(answer.header("latchkey-change").unwrap(), change.to_string());
}

#[tokio::test]
async fn an_endpoint_is_retitled_and_retired() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let answer = admin.patch("/endpoints/chat", &json!({"title": "Talk"})).await;
    assert_eq!((answer.status, &answer.json()["title"]), (200, &json!("Talk")));
    assert_eq!(admin.patch("/endpoints/chat", &json!({})).await.status, 200);
    assert_eq!(admin.ask("DELETE", "/endpoints/chat").await.status, 204);
    let retired = admin.get("/endpoints?retired=true").await.json();
    assert_eq!(retired["data"][0]["name"], "chat");
    assert!(admin.get("/endpoints/chat").await.json()["retiredAt"].is_string());
    assert_eq!(admin.ask("DELETE", "/endpoints/chat").await.status, 404);
    let left = admin.get("/endpoints?limit=1").await.json();
    assert_eq!(left["data"].as_array().unwrap().len(), 1);
    let cursor = left["nextCursor"].as_str().unwrap();
    let rest = admin.get(&format!("/endpoints?limit=1&cursor={cursor}")).await.json();
    assert_ne!(rest["data"][0]["name"], left["data"][0]["name"]);
    assert_eq!(rest["nextCursor"], json!(null));
}

#[tokio::test]
async fn an_edit_of_a_bias_profile_changes_what_is_present() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let age = json!({"category": "age", "on": true, "threshold": 20, "action": "flag"});
    let made = admin
        .post("/profiles", &json!({"name": "Strict", "categories": [age]}))
        .await
        .json();
    let path = format!("/profiles/{}", made["id"].as_str().unwrap());
    let gender = json!({"category": "gender", "on": true, "threshold": 70, "action": "block"});
    let edited = admin.patch(&path, &json!({"categories": [gender]})).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let profile = edited.json();
    assert_eq!((&profile["version"], &profile["name"]), (&json!(2), &json!("Strict")));
    let categories = profile["categories"].as_array().unwrap();
    assert!(categories.contains(&age) && categories.contains(&gender));
    let same = admin.patch(&path, &json!({})).await.json();
    assert_eq!(same["version"], 2);
    assert_eq!(admin.ask("DELETE", &path).await.status, 204);
}

#[tokio::test]
async fn the_audit_log_tells_what_programs_did() {
    let app = TestApp::new().await;
    let admin = Program::named(&app, "billing", "admin", &[]).await;
    let key = admin.create_key("Shop").await;
    let id = key["id"].as_str().unwrap();
    let events = admin
        .get(&format!("/audit-events?subject={id}&action=key.created"))
        .await
        .json();
    let event = &events["data"][0];
    assert_eq!(event["actor"]["name"], "billing");
    assert_eq!(event["subject"], json!({"id": id, "name": "Shop"}));
    let (mut numbers, mut cursor): (Vec<i64>, String) = (Vec::new(), String::new());
    loop {
        let page: Value = admin.get(&format!("/audit-events?limit=1{cursor}")).await.json();
        numbers.push(page["data"][0]["number"].as_i64().unwrap());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<i64> = (1..=app.audit_events().await).rev().collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn nodes_people_and_service_accounts_are_listed() {
    let app = TestApp::new().await.with_owner().await;
    let admin = Program::named(&app, "billing", "admin", &[]).await;
    let nodes = admin.get("/nodes").await.json();
    assert_eq!(
        (&nodes["data"][0]["state"], &nodes["nextCursor"]),
        (&json!("in_step"), &json!(null))
    );
    let accounts = app.get("/manage/v1/service-accounts").await;
    assert!(!accounts.body.contains(&admin.token));
    let account = &accounts.json()["data"][0];
    assert_eq!(
        (&account["name"], &account["role"]),
        (&json!("billing"), &json!("admin"))
    );
    let one = app
        .get(&format!(
            "/manage/v1/service-accounts/{}",
            account["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(one.json()["name"], "billing");
    let people = app.get("/manage/v1/users?limit=1").await.json();
    let person = app
        .get(&format!(
            "/manage/v1/users/{}",
            people["data"][0]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(person.json(), people["data"][0]);
}

#[tokio::test]
async fn a_change_has_a_proof_and_a_receipt() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let key = admin.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let change = admin
        .ask("DELETE", &path)
        .await
        .header("latchkey-change")
        .unwrap()
        .to_owned();
    app.services.cluster.load_index().await.unwrap();
    let proof = admin.get(&format!("/changes/{change}/proof")).await.json();
    assert_eq!(
        (&proof["inForce"], proof["nodes"].as_array().unwrap().len()),
        (&json!(true), 1),
        "{proof}"
    );
    let receipt = admin.get(&format!("/changes/{change}/receipt")).await;
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    assert_eq!(receipt.header("content-type"), Some("application/jose"));
    assert_eq!(receipt.body.split('.').count(), 3);
}
