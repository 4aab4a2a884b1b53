use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_developer_gives_no_key_to_another_person() {
    let app = TestApp::new().await.with_owner().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    // The answer is the same whether there is such a person or not.
    let owner = crate::common::email(model::role::Role::Owner);
    for owner in [owner.as_str(), "nobody@example.com"] {
        let answer = program.patch(&path, &json!({"owner": owner, "name": "Store"})).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
    let read = program.get(&path).await.json();
    assert_eq!((&read["name"], &read["owner"]), (&json!("Shop"), &json!(null)));
}
