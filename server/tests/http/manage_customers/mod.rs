//! `/manage/v1/customers`.

mod status_200;
mod status_201;
mod status_204;
mod status_403;
mod status_404;
mod status_409;
mod status_412;
mod status_422;

use serde_json::{Value, json};

use crate::manage::Program;

/// Creates a customer.
async fn create(program: &Program<'_>, external_id: &str) -> Value {
    let new = json!({"externalId": external_id, "name": external_id, "metadata": {"plan": "pro"}});
    let answer = program.post("/customers", &new).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// Creates a key of a customer and waits until it works. Answers with the key and its token.
async fn create_key(app: &crate::common::TestApp, program: &Program<'_>, customer: &str) -> (Value, String) {
    let new = json!({"name": "Shop", "environment": "default", "customer": customer});
    let answer = program.post("/keys", &new).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let key = answer.json();
    let token = key["token"].as_str().unwrap().to_owned();
    app.provisioned(&token).await;
    (key, token)
}
