//! Server functions of the catalogue of endpoints.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::endpoint_form::{Catalogue, EndpointForm, EndpointOutcome};
use model::list::ListQuery;

use crate::error::AppError;
use crate::person::Client;

#[cfg(feature = "ssr")]
use super::context::{map, person, services};

/// A page of the endpoints and a page of the retired endpoints, with the number of keys that have each.
#[server(endpoint = "endpoints/list", input = Json, client = Client)]
pub async fn list_endpoints(#[server(default)] query: ListQuery) -> Result<Catalogue, AppError> {
    let person = person()?;
    services()?.endpoints.list(&person.actor, &query).await.map_err(map)
}

/// Adds the endpoint that a form describes.
#[server(endpoint = "endpoints/create", input = Json, client = Client)]
pub async fn create_endpoint(form: EndpointForm) -> Result<EndpointOutcome, AppError> {
    let person = person()?;
    services()?.endpoints.create(&person.actor, &form).await.map_err(map)
}

/// Changes the title of an endpoint.
#[server(endpoint = "endpoints/edit", input = Json, client = Client)]
pub async fn edit_endpoint(name: String, title: String) -> Result<EndpointOutcome, AppError> {
    let person = person()?;
    services()?
        .endpoints
        .retitle(&person.actor, &name, &title)
        .await
        .map_err(map)
}

/// Retires an endpoint for good. Returns its title.
#[server(endpoint = "endpoints/retire", input = Json, client = Client)]
pub async fn retire_endpoint(name: String) -> Result<String, AppError> {
    let person = person()?;
    services()?.endpoints.retire(&person.actor, &name).await.map_err(map)
}
