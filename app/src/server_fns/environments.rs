//! Server functions of environments and environment keys.

use leptos::prelude::*;
use model::environment::{EnvironmentForm, EnvironmentList, EnvironmentSummaries, RevealedKey, RotatedEnvironmentKey};
use model::form::FormAnswer;
use model::id::EnvironmentId;
use model::list::ListQuery;
use model::rotate_form::RotateKeyForm;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, map, person, services};

/// A page of the environments with their masked keys.
#[server(endpoint = "environments/list", protocol = JsonPost, client = Client)]
pub async fn list_environments(#[server(default)] query: ListQuery) -> Result<EnvironmentList, AppError> {
    let person = person()?;
    services()?.environments.list(&person.actor, &query).await.map_err(map)
}

/// A page of the environments without their keys.
#[server(endpoint = "environments/summaries", protocol = JsonPost, client = Client)]
pub async fn list_environment_summaries(#[server(default)] query: ListQuery) -> Result<EnvironmentSummaries, AppError> {
    let person = person()?;
    services()?
        .environments
        .list_summaries(&person.actor, &query)
        .await
        .map_err(map)
}

/// Creates the environment that a form describes. Answers with its name.
#[server(endpoint = "environments/create", protocol = JsonPost, client = Client)]
pub async fn create_environment(form: EnvironmentForm) -> Result<FormAnswer<String>, AppError> {
    let person = person()?;
    answer_form(services()?.environments.create(&person.actor, &form).await)
}

/// Renames an environment, and answers with its name.
#[server(endpoint = "environments/rename", protocol = JsonPost, client = Client)]
pub async fn rename_environment(id: EnvironmentId, form: EnvironmentForm) -> Result<FormAnswer<String>, AppError> {
    let person = person()?;
    answer_form(services()?.environments.rename(&person.actor, &id, &form).await)
}

/// Hides an environment from the selector, or shows it there again. Returns its name.
#[server(endpoint = "environments/hide", protocol = JsonPost, client = Client)]
pub async fn hide_environment(id: EnvironmentId, hidden: bool) -> Result<String, AppError> {
    let person = person()?;
    services()?
        .environments
        .set_hidden(&person.actor, &id, hidden)
        .await
        .map_err(map)
}

/// Reveals the token of an environment key, so that the browser can show or copy it.
#[server(endpoint = "environments/reveal", protocol = JsonPost, client = Client)]
pub async fn reveal_environment_key(id: EnvironmentId) -> Result<RevealedKey, AppError> {
    let person = person()?;
    services()?
        .environments
        .reveal_key(&person.actor, &id)
        .await
        .map_err(map)
}

/// Records that the browser copied the token of an environment key, which it got from [`reveal_environment_key`].
#[server(endpoint = "environments/copied", protocol = JsonPost, client = Client)]
pub async fn note_environment_key_copied(id: EnvironmentId) -> Result<(), AppError> {
    let person = person()?;
    services()?
        .environments
        .note_key_copied(&person.actor, &id)
        .await
        .map_err(map)
}

/// Gives an environment key a new token.
#[server(endpoint = "environments/rotate", protocol = JsonPost, client = Client)]
pub async fn rotate_environment_key(
    id: EnvironmentId,
    form: RotateKeyForm,
) -> Result<FormAnswer<RotatedEnvironmentKey>, AppError> {
    let person = person()?;
    answer_form(services()?.environments.rotate_key(&person.actor, &id, &form).await)
}
