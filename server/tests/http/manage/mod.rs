//! What holds for every operation of the management API.

mod bad_bodies;
mod bad_input;
mod idempotency;
mod limits;
mod lost_answers;
mod reach;
mod refusals;
mod roles;
mod sessions;
mod walk;

use backend::audit::Actor;
use backend::service_accounts::TokenTerms;
use model::service_account::ServiceAccountForm;
use serde_json::Value;

use crate::common::{Call, TestApp};

pub const PREFIX: &str = "/manage/v1";

/// A program with the token of a service account.
pub struct Program<'a> {
    pub app: &'a TestApp,
    pub token: String,
}

impl<'a> Program<'a> {
    /// A new service account with this role, which is kept to these environments (none for all).
    pub async fn new(app: &'a TestApp, role: &str, environments: &[&str]) -> Self {
        Self::named(app, role, role, environments).await
    }

    pub async fn named(app: &'a TestApp, name: &str, role: &str, environments: &[&str]) -> Self {
        let form = ServiceAccountForm {
            name: name.to_owned(),
            role: role.to_owned(),
            environments: environments.iter().map(|name| (*name).to_owned()).collect(),
            ..ServiceAccountForm::default()
        };
        let accounts = &app.services.service_accounts;
        let made = accounts
            .create(&Actor::command_line(), &form, &TokenTerms::default())
            .await;
        Self {
            app,
            token: made.unwrap().token,
        }
    }

    /// A request to a path below the API's.
    pub fn ask(&self, method: &str, path: &str) -> Call<'a> {
        self.app
            .get(&format!("{PREFIX}{path}"))
            .method(method)
            .header("authorization", &format!("Bearer {}", self.token))
    }

    pub fn get(&self, path: &str) -> Call<'a> {
        self.ask("GET", path)
    }

    pub fn send(&self, method: &str, path: &str, body: &Value) -> Call<'a> {
        self.ask(method, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn post(&self, path: &str, body: &Value) -> Call<'a> {
        self.send("POST", path, body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Call<'a> {
        self.send("PATCH", path, body)
    }

    /// Creates a key, and returns the answer's body.
    pub async fn create_key(&self, name: &str) -> Value {
        let answer = self
            .post("/keys", &serde_json::json!({"name": name, "environment": "default"}))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let key = answer.json();
        self.app.provisioned(key["token"].as_str().unwrap()).await;
        key
    }
}

/// The description of the API.
pub fn description() -> Value {
    serde_json::from_str(server::http::manage_description()).unwrap()
}

/// Every described operation of the management API: the method and the path below the API's.
pub fn operations() -> Vec<(String, String)> {
    let description = description();
    let paths = description["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        let Some(path) = path.strip_prefix(PREFIX) else {
            continue;
        };
        for method in item.as_object().unwrap().keys() {
            all.push((method.to_uppercase(), path.to_owned()));
        }
    }
    all
}
