//! Server functions of the catalogue of endpoints.

use leptos::prelude::*;
use model::endpoint_form::{Catalogue, EndpointForm};
use model::form::FormAnswer;
use model::list::ListQuery;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, map, person, services};

/// A page of the endpoints and a page of the retired endpoints, with the number of keys that have each.
#[server(endpoint = "endpoints/list", protocol = JsonPost, client = Client)]
pub async fn list_endpoints(#[server(default)] query: ListQuery) -> Result<Catalogue, AppError> {
    let person = person()?;
    services()?.endpoints.list(&person.actor, &query).await.map_err(map)
}

/// Adds the endpoint that a form describes. Answers with its title.
#[server(endpoint = "endpoints/create", protocol = JsonPost, client = Client)]
pub async fn create_endpoint(form: EndpointForm) -> Result<FormAnswer<String>, AppError> {
    let person = person()?;
    answer_form(services()?.endpoints.create(&person.actor, &form).await)
}

/// Changes the title of an endpoint, and answers with it.
#[server(endpoint = "endpoints/edit", protocol = JsonPost, client = Client)]
pub async fn edit_endpoint(name: String, title: String) -> Result<FormAnswer<String>, AppError> {
    let person = person()?;
    answer_form(services()?.endpoints.retitle(&person.actor, &name, &title).await)
}

/// Retires an endpoint for good. Returns its title.
#[server(endpoint = "endpoints/retire", protocol = JsonPost, client = Client)]
pub async fn retire_endpoint(name: String) -> Result<String, AppError> {
    let person = person()?;
    services()?.endpoints.retire(&person.actor, &name).await.map_err(map)
}
