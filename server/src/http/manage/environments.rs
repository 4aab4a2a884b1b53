//! Environments: created, renamed, hidden from the selector and shown again. Their own keys can be had in the console only.

use axum::extract::State;
use axum::response::Response;
use backend::error::NotFound;
use backend::{Actor, KeptAnswer, Made, Services};
use http::StatusCode;
use model::environment::{EnvironmentForm, EnvironmentSummary};
use model::id::EnvironmentId;
use model::list::{ListQuery, PageSize};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Call, PathId};
use super::list::{Page, Paging, no_query, read_query};
use super::problem::Problem;
use super::resource::{self, Resource, json, made, make};
use super::values::{Time, present};
use super::{Manage, PREFIX, unexpected};

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(list_environments, create_environment))
        .routes(routes!(get_environment, edit_environment))
}

/// An environment. Its own key is not here.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Environment {
    #[schema(example = "env_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "production")]
    name: String,
    /// `live` or `test`. It decides the beginning of the tokens.
    #[schema(example = "live")]
    kind: &'static str,
    /// Whether the selector and the form for new keys leave it out.
    hidden: bool,
    created_at: Time,
}

/// An environment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "staging", "kind": "test"}))]
struct NewEnvironment {
    #[schema(min_length = 1, max_length = 40)]
    name: String,
    /// `live` or `test`.
    #[schema(pattern = "^(live|test)$")]
    kind: String,
}

/// What is to be changed. A field that is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "staging-eu"}))]
struct EnvironmentPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    hidden: Option<bool>,
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParameters {
    /// A part of a name or ID, whatever its case.
    pub(super) search: Option<String>,
    /// How many rows one page has, from 1 to 100; 50 if left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    pub(super) limit: Option<String>,
    /// `nextCursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{12,}$")]
    pub(super) cursor: Option<String>,
}

impl SearchParameters {
    /// The query, and the place of its page.
    pub(super) fn read(manage: &Manage, call: &Call) -> Result<(ListQuery, Paging), Problem> {
        let asked: Self = read_query(&call.query)?;
        let paging = Paging::read(manage, call, asked.limit.as_deref(), asked.cursor.as_deref())?;
        let query = ListQuery {
            search: asked.search.unwrap_or_default(),
            after: paging.after.clone(),
            ..ListQuery::default()
        };
        Ok((query, paging))
    }
}

/// List environments
///
/// Oldest first.
#[utoipa::path(
    get,
    path = "/environments",
    tag = "Environments",
    params(SearchParameters),
    responses((status = 200, description = "A page of the list", body = Page<Environment>))
)]
async fn list_environments(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let (query, paging) = SearchParameters::read(&manage, &call)?;
    let environments = &manage.services().environments;
    let found = environments.summaries(&call.actor, &query, paging.size).await?;
    let data = found.environments.iter().map(Environment::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, found.paging.next)))
}

/// Read an environment
#[utoipa::path(
    get,
    path = "/environments/{id}",
    tag = "Environments",
    params(("id" = String, Path, description = "The environment's ID", example = "env_8fQ2nLw0Zz")),
    responses((status = 200, description = "The environment", body = Environment))
)]
async fn get_environment(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    resource::show::<Environment>(&manage, &call, &environment_id(&id)?).await
}

/// Create an environment
///
/// It gets an environment key, which can be revealed in the console.
#[utoipa::path(
    post,
    path = "/environments",
    tag = "Environments",
    request_body = NewEnvironment,
    responses((status = 201, description = "The environment", body = Environment))
)]
async fn create_environment(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let NewEnvironment { name, kind } = call.json()?;
    let form = EnvironmentForm { name, kind };
    let services = manage.services();
    make(&manage, &call, created, |actor| async move {
        services.environments.create(&actor, &form).await
    })
    .await
}

/// Edit an environment
///
/// Changes only the fields that are present. Its keys, their tokens and its kind stay what they are.
#[utoipa::path(
    patch,
    path = "/environments/{id}",
    tag = "Environments",
    params(("id" = String, Path, description = "The environment's ID", example = "env_8fQ2nLw0Zz")),
    request_body = EnvironmentPatch,
    responses((status = 200, description = "The environment as it is now", body = Environment))
)]
async fn edit_environment(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = environment_id(&id)?;
    let EnvironmentPatch { name, hidden } = call.json()?;
    let (services, its) = (manage.services(), id.clone());
    resource::edit::<Environment, _>(&manage, &call, &id, |actor| async move {
        let environments = &services.environments;
        environments.edit(&actor, &its, name.as_deref(), hidden).await.map(drop)
    })
    .await
}

fn created(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Environment(environment) = what else {
        return unexpected();
    };
    let body = Environment::from(*environment);
    let location = format!("{PREFIX}/environments/{}", body.id);
    made(StatusCode::CREATED, &body, &body, Some(location), change)
}

fn environment_id(text: &str) -> Result<EnvironmentId, Problem> {
    EnvironmentId::parse(text).ok_or_else(|| Problem::malformed_id("an environment", EnvironmentId::PREFIX))
}

impl From<&EnvironmentSummary> for Environment {
    fn from(summary: &EnvironmentSummary) -> Self {
        Self {
            id: summary.id.to_string(),
            name: summary.name.clone(),
            kind: summary.kind.as_str(),
            hidden: summary.hidden,
            created_at: Time(summary.created_at),
        }
    }
}

impl Resource for Environment {
    type Id = EnvironmentId;

    const VOLATILE: &'static [&'static str] = &[];

    async fn read(services: &Services, actor: &Actor, id: &EnvironmentId) -> backend::Result<Self> {
        let query = ListQuery::only(id.as_str());
        let found = services.environments.summaries(actor, &query, PageSize::SHORT).await?;
        let first = found.environments.first().map(Self::from);
        first.ok_or_else(|| NotFound::Environment(id.clone()).into())
    }
}
