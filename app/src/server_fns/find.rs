//! Server function of the command palette.

use leptos::prelude::*;
use model::find::Found;
use model::id::KeyId;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

/// The first things of each kind that a text is about, in all environments. Without a text, the key on whose screen the person is.
#[server(endpoint = "find", protocol = JsonPost, client = Client)]
pub async fn find(text: String, here: Option<KeyId>) -> Result<Found, AppError> {
    use super::context::{map, person, services};
    let person = person()?;
    services()?
        .finder
        .find(&person.actor, &text, here.as_ref())
        .await
        .map_err(map)
}
