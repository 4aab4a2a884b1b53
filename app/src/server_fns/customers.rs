//! Server functions of customers.

use leptos::prelude::*;
use model::customer::{CustomerDetails, CustomerList, CustomerStatus};
use model::form_values::FormValues;
use model::id::CustomerId;
use model::list::ListQuery;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{map, person, services};
#[cfg(feature = "ssr")]
use crate::preferences::numbers;

/// A page of the customers, by name.
#[server(endpoint = "customers/list", protocol = JsonPost, client = Client)]
pub async fn list_customers(
    #[server(default)] query: ListQuery,
    #[server(default)] status: Option<CustomerStatus>,
) -> Result<CustomerList, AppError> {
    let person = person()?;
    services()?
        .customers
        .list(&person.actor, &query, status)
        .await
        .map_err(map)
}

/// Everything about one customer, besides its keys.
#[server(endpoint = "customers/details", protocol = JsonPost, client = Client)]
pub async fn load_customer(id: CustomerId) -> Result<CustomerDetails, AppError> {
    let person = person()?;
    services()?
        .customers
        .details(&person.actor, &id, numbers())
        .await
        .map_err(map)
}

/// The form for a new customer, or the form filled with an existing customer.
#[server(endpoint = "customers/form", protocol = JsonPost, client = Client)]
pub async fn load_customer_form(id: Option<CustomerId>) -> Result<FormValues, AppError> {
    let person = person()?;
    let form = match id {
        Some(id) => services()?.customers.edit_form(&person.actor, &id).await,
        None => backend::customers::Customers::new_form(&person.actor),
    };
    form.map_err(map)
}

/// Refuses the keys of a customer until it is resumed. Answers with the number of the change, if it was not suspended before.
#[server(endpoint = "customers/suspend", protocol = JsonPost, client = Client)]
pub async fn suspend_customer(id: CustomerId) -> Result<Option<i64>, AppError> {
    let person = person()?;
    services()?.customers.suspend(&person.actor, &id).await.map_err(map)
}

/// Accepts the keys of a suspended customer again. Answers with the number of the change, if it was suspended.
#[server(endpoint = "customers/resume", protocol = JsonPost, client = Client)]
pub async fn resume_customer(id: CustomerId) -> Result<Option<i64>, AppError> {
    let person = person()?;
    services()?.customers.resume(&person.actor, &id).await.map_err(map)
}

/// Deletes a customer without keys. Answers with the number of the change.
#[server(endpoint = "customers/delete", protocol = JsonPost, client = Client)]
pub async fn delete_customer(id: CustomerId) -> Result<i64, AppError> {
    let person = person()?;
    services()?.customers.delete(&person.actor, &id).await.map_err(map)
}
