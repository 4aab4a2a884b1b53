//! Server functions of service accounts and their tokens.

use leptos::prelude::*;
use model::form::FormAnswer;
use model::id::{ServiceAccountId, ServiceTokenId};
use model::list::ListQuery;
use model::service_account::{NewServiceToken, ServiceAccountForm, ServiceAccountList, ServiceTokenForm};

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, map, person, services};

/// One page of the service accounts, by name.
#[server(endpoint = "service-accounts/list", protocol = JsonPost, client = Client)]
pub async fn list_service_accounts(#[server(default)] query: ListQuery) -> Result<ServiceAccountList, AppError> {
    let person = person()?;
    services()?
        .service_accounts
        .list(&person.actor, &query)
        .await
        .map_err(map)
}

/// Creates a service account. Answers with its first token.
#[server(endpoint = "service-accounts/create", protocol = JsonPost, client = Client)]
pub async fn create_service_account(form: ServiceAccountForm) -> Result<FormAnswer<NewServiceToken>, AppError> {
    let person = person()?;
    answer_form(services()?.service_accounts.create_by_form(&person.actor, &form).await)
}

/// Changes the name, the role and the environments of a service account.
#[server(endpoint = "service-accounts/edit", protocol = JsonPost, client = Client)]
pub async fn edit_service_account(id: ServiceAccountId, form: ServiceAccountForm) -> Result<FormAnswer<()>, AppError> {
    let person = person()?;
    let edited = services()?.service_accounts.edit(&person.actor, &id, &form).await;
    answer_form(edited.map(drop))
}

/// Gives a service account one more token.
#[server(endpoint = "service-accounts/add-token", protocol = JsonPost, client = Client)]
pub async fn add_service_token(
    id: ServiceAccountId,
    form: ServiceTokenForm,
) -> Result<FormAnswer<NewServiceToken>, AppError> {
    let person = person()?;
    let accounts = &services()?.service_accounts;
    answer_form(accounts.add_token_by_form(&person.actor, &id, &form).await)
}

/// Ends a token of a service account.
#[server(endpoint = "service-accounts/end-token", protocol = JsonPost, client = Client)]
pub async fn end_service_token(id: ServiceTokenId) -> Result<(), AppError> {
    let person = person()?;
    let ended = services()?.service_accounts.end_token(&person.actor, &id).await;
    ended.map(drop).map_err(map)
}

/// Disables a service account, whose tokens are then refused.
#[server(endpoint = "service-accounts/disable", protocol = JsonPost, client = Client)]
pub async fn disable_service_account(id: ServiceAccountId) -> Result<(), AppError> {
    let person = person()?;
    let disabled = services()?.service_accounts.disable(&person.actor, &id).await;
    disabled.map(drop).map_err(map)
}

/// Enables a service account, whose tokens are then accepted again.
#[server(endpoint = "service-accounts/enable", protocol = JsonPost, client = Client)]
pub async fn enable_service_account(id: ServiceAccountId) -> Result<(), AppError> {
    let person = person()?;
    let enabled = services()?.service_accounts.enable(&person.actor, &id).await;
    enabled.map(drop).map_err(map)
}

/// Deletes a service account and its tokens.
#[server(endpoint = "service-accounts/delete", protocol = JsonPost, client = Client)]
pub async fn delete_service_account(id: ServiceAccountId) -> Result<(), AppError> {
    let person = person()?;
    let deleted = services()?.service_accounts.delete(&person.actor, &id).await;
    deleted.map(drop).map_err(map)
}
