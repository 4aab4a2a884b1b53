//! Server function that suggests values for fields with many choices.

use leptos::prelude::*;
use model::suggest::{Choice, Suggestion};

use crate::error::AppError;
use crate::json::Json;
use crate::person::Client;

/// The first suggestions for the text that was typed so far.
#[server(endpoint = "suggest", input = Json, output = Json, client = Client)]
pub async fn suggest(choice: Choice, text: String) -> Result<Vec<Suggestion>, AppError> {
    use super::context::{map, person, services};
    let person = person()?;
    services()?
        .suggestions
        .find(&person.actor, choice, &text)
        .await
        .map_err(map)
}
