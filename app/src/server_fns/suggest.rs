//! Suggestions for fields that choose among many.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::suggest::{Choice, Suggestion};

use crate::error::AppError;
use crate::person::Client;

/// The first suggestions for what was typed so far.
#[server(endpoint = "suggest", input = Json, client = Client)]
pub async fn suggest(choice: Choice, text: String) -> Result<Vec<Suggestion>, AppError> {
    use super::context::{map, person_who_may, services};
    let person = person_who_may(choice.permission())?;
    services()?
        .suggestions
        .find(&person.who.user_id, person.who.me.role, choice, &text)
        .await
        .map_err(map)
}
