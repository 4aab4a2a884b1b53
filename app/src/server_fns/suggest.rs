//! Server function that suggests values for fields with many choices.

use leptos::prelude::*;
use model::suggest::{Choice, Suggestion};

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

/// The first suggestions for the text that was typed so far.
#[server(endpoint = "suggest", protocol = JsonPost, client = Client)]
pub async fn suggest(choice: Choice, text: String) -> Result<Vec<Suggestion>, AppError> {
    use super::context::{map, person, services};
    let person = person()?;
    services()?
        .suggestions
        .find(&person.actor, choice, &text)
        .await
        .map_err(map)
}
