//! Service accounts. Only an owner sees them, so they are read with a person's session. The console and the command line change
//! them.

use axum::extract::State;
use axum::response::Response;
use backend::{Actor, Services};
use http::StatusCode;
use model::id::ServiceAccountId;
use model::service_account::{ServiceAccount as Account, ServiceToken as Token};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Manage;
use super::call::{Call, PathId};
use super::environments::SearchParameters;
use super::list::{Page, no_query};
use super::problem::Problem;
use super::resource::{self, Resource, json};
use super::values::Time;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(list_service_accounts))
        .routes(routes!(get_service_account))
}

/// A program that uses this API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceAccount {
    #[schema(example = "svc_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "billing")]
    name: String,
    /// `viewer`, `developer` or `admin`.
    #[schema(example = "developer")]
    role: &'static str,
    /// The names of the environments to which it is kept; null for all.
    #[schema(required = true, example = json!(["default"]))]
    environments: Option<Vec<String>>,
    /// At most two, the older one first.
    tokens: Vec<ServiceToken>,
    created_at: Time,
    /// Who created it.
    #[schema(example = "Mara Ott")]
    created_by: String,
    /// Since when its tokens are refused; null where they are not. Its keys go on working.
    #[schema(required = true)]
    disabled_at: Option<Time>,
    /// Number of keys that it created.
    keys: u64,
}

/// A token of a service account, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceToken {
    #[schema(example = "stk_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "lkm_…9fQ2")]
    masked_token: String,
    created_at: Time,
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// The networks from which it may be used, in words.
    #[schema(example = "everywhere")]
    allowed_addresses: String,
    #[schema(required = true)]
    last_used_at: Option<Time>,
    #[schema(required = true)]
    last_used_from: Option<String>,
}

/// List service accounts
///
/// By name. Only owners see them.
#[utoipa::path(
    get,
    path = "/service-accounts",
    tag = "Service accounts",
    params(SearchParameters),
    responses((status = 200, description = "A page of the list", body = Page<ServiceAccount>))
)]
async fn list_service_accounts(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let (query, paging) = SearchParameters::read(&manage, &call)?;
    let accounts = &manage.services().service_accounts;
    let found = accounts.page(&call.actor, &query, paging.size).await?;
    let data = found.accounts.iter().map(ServiceAccount::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, found.paging.next)))
}

/// Read a service account
#[utoipa::path(
    get,
    path = "/service-accounts/{id}",
    tag = "Service accounts",
    params(("id" = String, Path, description = "The service account's ID", example = "svc_8fQ2nLw0Zz")),
    responses((status = 200, description = "The service account", body = ServiceAccount))
)]
async fn get_service_account(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = ServiceAccountId::parse(&id)
        .ok_or_else(|| Problem::malformed_id("a service account", ServiceAccountId::PREFIX))?;
    resource::show::<ServiceAccount>(&manage, &call, &id).await
}

impl From<&Account> for ServiceAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            role: account.role.as_str(),
            environments: account.environments.clone(),
            tokens: account.tokens.iter().map(ServiceToken::from).collect(),
            created_at: Time(account.created_at),
            created_by: account.created_by.clone(),
            disabled_at: account.disabled_at.map(Time),
            keys: account.keys,
        }
    }
}

impl From<&Token> for ServiceToken {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.to_string(),
            masked_token: token.masked.clone(),
            created_at: Time(token.created_at),
            expires_at: token.expires_at.map(Time),
            allowed_addresses: token.allowed_addresses.clone(),
            last_used_at: token.last_used_at.map(Time),
            last_used_from: token.last_used_from.clone(),
        }
    }
}

impl Resource for ServiceAccount {
    type Id = ServiceAccountId;

    // The tokens have their last uses.
    const VOLATILE: &'static [&'static str] = &["tokens", "keys"];

    async fn read(services: &Services, actor: &Actor, id: &ServiceAccountId) -> backend::Result<Self> {
        let account = services.service_accounts.find(actor, id).await?;
        Ok(Self::from(&account))
    }
}
