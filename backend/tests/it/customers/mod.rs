//! Customers: their life, and what the verifier makes of them.

mod changes;
mod import;
mod list;
mod shared_limits;
mod usage;
mod verifier;

use std::sync::Arc;

use backend::Services;
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use model::customer::{CustomerName, CustomerOutcome, EXTERNAL_ID, METADATA, NAME};
use model::endpoint::Grant;
use model::form_values::FormValues;

use crate::common::{TestBackend, new_key};

fn by() -> Actor {
    Actor::command_line()
}

fn form(external_id: &str, metadata: &str) -> FormValues {
    FormValues::from([(EXTERNAL_ID, external_id), (NAME, external_id), (METADATA, metadata)])
}

async fn add(services: &Services, form: &FormValues) -> CustomerName {
    match services.customers.create(&by(), form).await.unwrap() {
        CustomerOutcome::Saved { called, .. } => called,
        changed @ CustomerOutcome::Changed { .. } => panic!("{changed:?}"),
    }
}

/// A key of a customer, to be created.
fn of(customer: &CustomerName) -> NewKey {
    NewKey {
        customer: Some(customer.clone()),
        ..new_key("Shop", Grant::All)
    }
}

/// A serving node with a customer and an active key of it.
async fn with_key(form: &FormValues) -> (TestBackend, CustomerName, NewKeyWithToken) {
    let test = TestBackend::serving().await;
    let customer = add(&test.services, form).await;
    let key = test.active_key(&of(&customer)).await;
    (test, customer, key)
}

/// A second node of the same database.
async fn second(test: &TestBackend) -> Arc<Services> {
    let other = Arc::new(test.another(2).await);
    crate::common::serve(&other).await;
    other
}
