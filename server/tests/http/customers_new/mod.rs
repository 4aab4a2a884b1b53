//! `POST /customers/new`, the plain form.

mod status_303;
mod status_403;
mod status_422;

use backend::audit::Actor;
use backend::keys::NewKey;
use model::customer::{CustomerName, CustomerRef};
use model::endpoint::Grant;
use model::id::CustomerId;
use serde_json::{Value, json};

use crate::common::{Key, TestApp, new_key};

/// Creates a customer with the form.
pub(crate) async fn add(app: &TestApp, fields: &[(&str, &str)]) -> CustomerId {
    let answer = app.post_form("/customers/new", fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location").unwrap();
    CustomerId::parse(location.strip_prefix("/customers/").unwrap()).unwrap()
}

/// Creates a customer called Acme.
pub(crate) async fn acme(app: &TestApp) -> CustomerId {
    add(app, &[("external_id", "acme"), ("name", "Acme")]).await
}

async fn named(app: &TestApp, id: &CustomerId) -> CustomerName {
    let named = CustomerRef::Id(id.clone());
    app.services
        .customers
        .find(&Actor::command_line(), &named)
        .await
        .unwrap()
}

/// Creates a key of this customer.
pub(crate) async fn key_of(app: &TestApp, id: &CustomerId) -> Key {
    let new = NewKey {
        customer: Some(named(app, id).await),
        ..new_key(Grant::All)
    };
    app.create(&new).await
}

/// The customer that the verifier delivers with a key, or null if it delivers none.
pub(crate) async fn delivered(app: &TestApp, key: &Key) -> Value {
    let asked = json!({ "key": key.token, "endpoint": "chat" });
    app.verify(&asked).await.json()["customer"].take()
}
