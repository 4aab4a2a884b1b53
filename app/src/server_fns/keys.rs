//! API keys.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::id::KeyId;
use model::key::{Counts, CreateOutcome, DeletePreview, KeyPage, KeyQuery, Progress};
use model::key_form::{CreateKeyForm, CreateKeyOptions};

use crate::error::AppError;

#[cfg(feature = "ssr")]
use super::context::{backend, map, person_who_may};
#[cfg(feature = "ssr")]
use model::role::Permission;

/// One page of the list.
#[server(endpoint = "keys/list", input = Json)]
pub async fn list_keys(query: KeyQuery) -> Result<KeyPage, AppError> {
    let person = person_who_may(Permission::SeeKeys)?;
    let query = KeyQuery {
        environment: Some(query.environment.unwrap_or(person.environment)),
        ..query
    };
    backend()?
        .list_keys(&person.who.user_id, person.who.me.role, &query)
        .await
        .map_err(map)
}

/// How many keys there are of each status; in the environment that was chosen last unless another is given.
#[server(endpoint = "keys/count", input = Json)]
pub async fn count_keys(environment: Option<String>) -> Result<Counts, AppError> {
    let person = person_who_may(Permission::SeeKeys)?;
    let environment = environment.unwrap_or(person.environment);
    backend()?
        .count_keys(person.who.me.role, &environment)
        .await
        .map_err(map)
}

/// What the Create API Key form needs to be drawn.
#[server(endpoint = "keys/create-options", input = Json)]
pub async fn load_create_options(environment: Option<String>) -> Result<CreateKeyOptions, AppError> {
    let person = person_who_may(Permission::CreateKeys)?;
    let environment = environment.unwrap_or(person.environment);
    backend()?.create_key_options(&environment).await.map_err(map)
}

/// Makes the key that a form asks for. Its owner is who is logged in, never a field of the form.
#[server(endpoint = "keys/create", input = Json)]
pub async fn create_key(form: CreateKeyForm) -> Result<CreateOutcome, AppError> {
    let person = person_who_may(Permission::CreateKeys)?;
    backend()?.create_key(&person.actor, form).await.map_err(map)
}

/// How far a key has come on its way to ACTIVE.
#[server(endpoint = "keys/progress", input = Json)]
pub async fn key_progress(id: KeyId) -> Result<Progress, AppError> {
    person_who_may(Permission::SeeKeys)?;
    backend()?.progress(&id).await.map_err(map)
}

/// Refuses a key until it is enabled again. Answers with its name.
#[server(endpoint = "keys/disable", input = Json)]
pub async fn disable_key(id: KeyId) -> Result<String, AppError> {
    let person = person_who_may(Permission::ChangeOwnKeys)?;
    backend()?
        .disable_key(&person.actor, person.who.me.role, &id)
        .await
        .map_err(map)
}

/// Accepts a disabled key again. Answers with its name.
#[server(endpoint = "keys/enable", input = Json)]
pub async fn enable_key(id: KeyId) -> Result<String, AppError> {
    let person = person_who_may(Permission::ChangeOwnKeys)?;
    backend()?
        .enable_key(&person.actor, person.who.me.role, &id)
        .await
        .map_err(map)
}

/// What to show before a key is deleted.
#[server(endpoint = "keys/delete-preview", input = Json)]
pub async fn load_delete_preview(id: KeyId) -> Result<DeletePreview, AppError> {
    let person = person_who_may(Permission::ChangeOwnKeys)?;
    backend()?
        .delete_preview(&person.actor, person.who.me.role, &id)
        .await
        .map_err(map)
}

/// Deletes a key for good. Answers with its name.
#[server(endpoint = "keys/delete", input = Json)]
pub async fn delete_key(id: KeyId) -> Result<String, AppError> {
    let person = person_who_may(Permission::ChangeOwnKeys)?;
    backend()?
        .delete_key(&person.actor, person.who.me.role, &id)
        .await
        .map_err(map)
}
