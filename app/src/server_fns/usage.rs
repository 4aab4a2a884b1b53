//! Server function of the usage report.

use leptos::prelude::*;
use model::usage::{UsageQuery, UsageReport};

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

/// Requests over time, in the given environment or in the one that was chosen last.
#[server(endpoint = "usage/report", protocol = JsonPost, client = Client)]
pub async fn load_usage(query: UsageQuery) -> Result<UsageReport, AppError> {
    use super::context::{chosen_environment, map, person, services};
    let person = person()?;
    let query = UsageQuery {
        environment: Some(chosen_environment(&person.actor, query.environment, person.environment).await?),
        ..query
    };
    services()?.usage.report(&person.actor, &query).await.map_err(map)
}
