//! `POST /api/environments/…`: environments and environment keys.

mod status_200;
mod status_400;
mod status_401;
mod status_403;
mod status_404;
mod status_409;

use serde_json::{Value, json};

use crate::common::{Answer, TestApp};
use model::list::ListQuery;

/// The functions about one environment: the path, and the fields of the request except its ID.
fn of_one() -> [(&'static str, Value); 5] {
    [
        ("/api/environments/rename", json!({ "form": { "name": "other" } })),
        ("/api/environments/hide", json!({ "hidden": true })),
        ("/api/environments/reveal", json!({})),
        ("/api/environments/copied", json!({})),
        ("/api/environments/rotate", json!({ "form": { "grace": "now" } })),
    ]
}

async fn post(app: &TestApp, path: &str, id: &str, more: &Value) -> Answer {
    let mut body = more.clone();
    body["id"] = json!(id);
    app.post_json(path, &body).await
}

/// The rows that the screen shows.
async fn rows(app: &TestApp) -> Vec<Value> {
    let answer = app.post_json("/api/environments/list", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["environments"].as_array().unwrap().clone()
}

/// The ID of the environment that a fresh database has.
async fn default(app: &TestApp) -> String {
    app.services
        .environments
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .environments[0]
        .id
        .to_string()
}

/// Reveals the token of an environment key.
async fn reveal(app: &TestApp, id: &str) -> String {
    let answer = post(app, "/api/environments/reveal", id, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}
