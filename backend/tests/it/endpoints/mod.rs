//! The catalogue of endpoints: adding, retitling and retiring, and their effect on the verifier.

mod adding;
mod catalogue;
mod matching;
mod overlaps;
mod retiring;

use std::net::IpAddr;

use backend::audit::Actor;
use backend::verifier::Target;
use backend::{Error, Services};
use model::endpoint::Grant;
use model::endpoint_form::{EndpointForm, EndpointRow};
use model::list::ListQuery;
use model::verify::Code;

fn by() -> Actor {
    Actor::command_line()
}

fn only(name: &str) -> Grant {
    Grant::Only(vec![name.to_owned()])
}

fn form(name: &str, patterns: &str) -> EndpointForm {
    EndpointForm {
        name: name.to_owned(),
        title: format!("Title of {name}"),
        patterns: patterns.to_owned(),
    }
}

async fn send(services: &Services, name: &str, patterns: &str) -> Result<String, Error> {
    services.endpoints.create(&by(), &form(name, patterns)).await
}

async fn add(services: &Services, name: &str, patterns: &str) {
    let title = format!("Title of {name}");
    assert_eq!(send(services, name, patterns).await.unwrap(), title);
}

async fn retire(services: &Services, name: &str) {
    services.endpoints.retire(&by(), name).await.unwrap();
}

async fn rows(services: &Services) -> Vec<EndpointRow> {
    services
        .endpoints
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .endpoints
}

fn names(rows: &[EndpointRow]) -> Vec<&str> {
    rows.iter().map(|row| row.endpoint.name.as_str()).collect()
}

/// The verifier's code for a request, and the endpoint that it found.
fn request(services: &Services, token: &str, method: &str, path: &str) -> (Code, Option<String>) {
    let from: IpAddr = "192.0.2.1".parse().unwrap();
    let target = Target::Request { method, path };
    let decision = crate::common::ask(services, token, target, Some(from)).unwrap();
    (decision.code, decision.endpoint)
}

fn found(name: &str) -> (Code, Option<String>) {
    (Code::Valid, Some(name.to_owned()))
}

const NOTHING: (Code, Option<String>) = (Code::Forbidden, None);
