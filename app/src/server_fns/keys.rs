//! Server functions of API keys.

use leptos::prelude::*;
use model::bounded::Bounded;
use model::edit_form::EditKeyOptions;
use model::explain::{ExplainForm, Explanation};
use model::form::FormAnswer;
use model::id::KeyId;
use model::key_form::CreateKeyOptions;
use model::key_list::{BulkAction, BulkOutcome, BulkPreview, KeyPage, KeyQuery, MAX_BULK_KEYS, MAX_BULK_PREVIEW_KEYS};
use model::key_page::{Changed, DeletePreview, KeyDetails};
use model::list::ListQuery;
use model::progress::Progress;
use model::proof::{ChangeEffect, ShownProof};
use model::refusal::LatestRefusals;
use model::rotate_form::RotateKeyOptions;
#[cfg(feature = "ssr")]
use model::usage::Range;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, chosen_environment, map, person, services};
#[cfg(feature = "ssr")]
use crate::preferences::numbers;

/// One page of the list.
#[server(endpoint = "keys/list", protocol = JsonPost, client = Client)]
pub async fn list_keys(query: KeyQuery) -> Result<KeyPage, AppError> {
    let person = person()?;
    let query = KeyQuery {
        environment: Some(chosen_environment(&person.actor, query.environment, person.environment).await?),
        ..query
    };
    services()?.keys.list(&person.actor, &query).await.map_err(map)
}

/// The data for the form Create API Key, for a key of this customer or (empty) of none. `copy` is the ID of a key whose settings the
/// new one gets, or empty.
#[server(endpoint = "keys/create-options", protocol = JsonPost, client = Client)]
pub async fn load_create_options(
    environment: Option<String>,
    #[server(default)] customer: String,
    #[server(default)] copy: String,
) -> Result<CreateKeyOptions, AppError> {
    let person = person()?;
    if let Some(id) = KeyId::parse(&copy) {
        return services()?
            .keys
            .duplication_options(&person.actor, &id)
            .await
            .map_err(map);
    }
    let environment = chosen_environment(&person.actor, environment, person.environment).await?;
    services()?
        .keys
        .creation_options(&person.actor, &environment, &customer)
        .await
        .map_err(map)
}

/// The progress of a key towards ACTIVE.
#[server(endpoint = "keys/progress", protocol = JsonPost, client = Client)]
pub async fn key_progress(id: KeyId) -> Result<Progress, AppError> {
    let person = person()?;
    services()?.keys.progress(&person.actor, &id).await.map_err(map)
}

/// Refuses a key until it is enabled again.
#[server(endpoint = "keys/disable", protocol = JsonPost, client = Client)]
pub async fn disable_key(id: KeyId) -> Result<Changed, AppError> {
    let person = person()?;
    services()?.keys.disable(&person.actor, &id).await.map_err(map)
}

/// Accepts a disabled key again.
#[server(endpoint = "keys/enable", protocol = JsonPost, client = Client)]
pub async fn enable_key(id: KeyId) -> Result<Changed, AppError> {
    let person = person()?;
    services()?.keys.enable(&person.actor, &id).await.map_err(map)
}

/// The data that the dialog Delete API Key shows about a key.
#[server(endpoint = "keys/delete-preview", protocol = JsonPost, client = Client)]
pub async fn load_delete_preview(id: KeyId) -> Result<DeletePreview, AppError> {
    let person = person()?;
    services()?.keys.preview_deletion(&person.actor, &id).await.map_err(map)
}

/// Deletes a key for good.
#[server(endpoint = "keys/delete", protocol = JsonPost, client = Client)]
pub async fn delete_key(id: KeyId) -> Result<Changed, AppError> {
    let person = person()?;
    services()?.keys.delete(&person.actor, &id).await.map_err(map)
}

/// On how many nodes a change is in force, in words.
#[server(endpoint = "keys/proof", protocol = JsonPost, client = Client)]
pub async fn load_proof(change: i64, #[server(default)] effect: ChangeEffect) -> Result<ShownProof, AppError> {
    let person = person()?;
    services()?
        .cluster
        .shown_proof(&person.actor, change, effect)
        .await
        .map_err(map)
}

/// Everything about one key, with a page of its endpoints and its requests in a range (the last 24 hours where it is unknown).
#[server(endpoint = "keys/details", protocol = JsonPost, client = Client)]
pub async fn load_key(
    id: KeyId,
    #[server(default)] endpoints: ListQuery,
    #[server(default)] range: String,
) -> Result<KeyDetails, AppError> {
    let person = person()?;
    let range = Range::parse(&range).unwrap_or(Range::Day);
    services()?
        .keys
        .details(&person.actor, &id, &endpoints, range, numbers())
        .await
        .map_err(map)
}

/// The latest refused requests of a key on all nodes, as far as they have answered.
#[server(endpoint = "keys/refusals", protocol = JsonPost, client = Client)]
pub async fn load_refusals(id: KeyId) -> Result<LatestRefusals, AppError> {
    let person = person()?;
    services()?.keys.refusals(&person.actor, &id).await.map_err(map)
}

/// How this node would decide about a request with a key, and the result of each check.
#[server(endpoint = "keys/explain", protocol = JsonPost, client = Client)]
pub async fn explain(id: KeyId, form: ExplainForm) -> Result<FormAnswer<Explanation>, AppError> {
    let person = person()?;
    answer_form(services()?.keys.explain(&person.actor, &id, &form).await)
}

/// The data for the form Edit API Key.
#[server(endpoint = "keys/edit-options", protocol = JsonPost, client = Client)]
pub async fn load_edit_options(id: KeyId) -> Result<EditKeyOptions, AppError> {
    let person = person()?;
    services()?.keys.editing_options(&person.actor, &id).await.map_err(map)
}

/// The data for the form Rotate API Key.
#[server(endpoint = "keys/rotate-options", protocol = JsonPost, client = Client)]
pub async fn load_rotate_options(id: KeyId) -> Result<RotateKeyOptions, AppError> {
    let person = person()?;
    services()?.keys.rotation_options(&person.actor, &id).await.map_err(map)
}

/// Ends an old token before its time.
#[server(endpoint = "keys/end-old-token", protocol = JsonPost, client = Client)]
pub async fn end_old_token(id: KeyId, token: String) -> Result<i64, AppError> {
    let person = person()?;
    services()?
        .keys
        .end_old_token(&person.actor, &id, &token)
        .await
        .map_err(map)
}

/// The IDs of the keys that a query finds and the person may change, and the start of their next page.
#[server(endpoint = "keys/ids", protocol = JsonPost, client = Client)]
pub async fn list_key_ids(query: KeyQuery) -> Result<(Vec<KeyId>, Option<String>), AppError> {
    let person = person()?;
    let query = KeyQuery {
        environment: Some(chosen_environment(&person.actor, query.environment, person.environment).await?),
        ..query
    };
    services()?.keys.list_ids(&person.actor, &query).await.map_err(map)
}

/// The data that the dialog of a bulk action shows about some of its keys.
#[server(endpoint = "keys/bulk-preview", protocol = JsonPost, client = Client)]
pub async fn load_bulk_preview(ids: Bounded<KeyId, MAX_BULK_PREVIEW_KEYS>) -> Result<BulkPreview, AppError> {
    let person = person()?;
    services()?.keys.preview_bulk(&person.actor, ids).await.map_err(map)
}

/// Runs a bulk action on these keys.
#[server(endpoint = "keys/bulk", protocol = JsonPost, client = Client)]
pub async fn change_keys(ids: Bounded<KeyId, MAX_BULK_KEYS>, action: BulkAction) -> Result<Vec<BulkOutcome>, AppError> {
    let person = person()?;
    services()?
        .keys
        .change_many(&person.actor, ids, action)
        .await
        .map_err(map)
}
