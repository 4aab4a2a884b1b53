//! Server function of the Home screen.

use leptos::prelude::*;
use model::home::HomePage;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

/// Whether all is well, in the given environment or in the one that was chosen last.
#[server(endpoint = "home", protocol = JsonPost, client = Client)]
pub async fn load_home(environment: Option<String>) -> Result<HomePage, AppError> {
    use super::context::{chosen_environment, map, person, services};
    let person = person()?;
    let environment = chosen_environment(&person.actor, environment, person.environment).await?;
    let numbers = crate::preferences::numbers();
    services()?
        .home
        .page(&person.actor, &environment, numbers)
        .await
        .map_err(map)
}
