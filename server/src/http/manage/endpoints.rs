//! The catalogue of endpoints: added to, retitled and retired. Methods and paths never change.

use axum::extract::State;
use axum::response::Response;
use backend::error::NotFound;
use backend::{Actor, KeptAnswer, Made, Services};
use http::StatusCode;
use model::bounded::Bounded;
use model::endpoint_form::{EndpointForm, EndpointRow, PATTERNS_MAX};
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
        .routes(routes!(list_endpoints, create_endpoint))
        .routes(routes!(get_endpoint, edit_endpoint, retire_endpoint))
}

/// An endpoint of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    /// What programs call it, for good.
    #[schema(example = "check-bias")]
    name: String,
    /// What people read.
    #[schema(example = "Check bias")]
    title: String,
    patterns: Vec<MethodAndPath>,
    /// Number of keys that were given it by name.
    keys: u64,
    created_at: Time,
    /// Since when no key can call it; null where keys can.
    #[schema(required = true)]
    retired_at: Option<Time>,
}

/// A method and a path, in which `{name}` is any segment and `{*rest}` is any rest.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MethodAndPath {
    #[schema(example = "POST")]
    method: String,
    #[schema(example = "/api/v1/img/{*rest}")]
    path: String,
}

/// An endpoint to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "translate", "title": "Translate", "patterns": [{"method": "POST", "path": "/api/v1/translate"}]}))]
struct NewEndpoint {
    /// Small letters, digits and dashes. It never changes.
    #[schema(example = "translate", pattern = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
    name: String,
    #[schema(example = "Translate", min_length = 1, max_length = 60)]
    title: String,
    /// They never change.
    #[schema(value_type = Vec<MethodAndPath>, min_items = 1)]
    patterns: Bounded<MethodAndPath, PATTERNS_MAX>,
}

/// What is to be changed. A field that is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Translate text"}))]
struct EndpointPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    title: Option<String>,
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct EndpointListParameters {
    /// A part of a title, name or path, whatever its case.
    search: Option<String>,
    /// `true` for the retired ones; `false` if left out.
    #[param(value_type = Option<bool>)]
    retired: Option<String>,
    /// How many rows one page has, from 1 to 100; 50 if left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{12,}$")]
    cursor: Option<String>,
}

/// List endpoints
///
/// Those that keys can be given, in the order of the catalogue, or the retired ones, latest first.
#[utoipa::path(
    get,
    path = "/endpoints",
    tag = "Endpoints",
    params(EndpointListParameters),
    responses((status = 200, description = "A page of the list", body = Page<Endpoint>))
)]
async fn list_endpoints(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let asked: EndpointListParameters = read_query(&call.query)?;
    let paging = Paging::read(&manage, &call, asked.limit.as_deref(), asked.cursor.as_deref())?;
    let retired = match asked.retired.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("retired", "retired is true or false.")),
    };
    let mut query = ListQuery {
        search: asked.search.unwrap_or_default(),
        ..ListQuery::default()
    };
    let place = if retired { &mut query.second } else { &mut query.after };
    place.clone_from(&paging.after);
    let found = manage
        .services()
        .endpoints
        .pages(&call.actor, &query, paging.size)
        .await?;
    let (rows, next) = if retired {
        (found.retired, found.retired_paging.next)
    } else {
        (found.endpoints, found.paging.next)
    };
    let data = rows.iter().map(Endpoint::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, next)))
}

/// Read an endpoint
#[utoipa::path(
    get,
    path = "/endpoints/{name}",
    tag = "Endpoints",
    params(("name" = String, Path, description = "The endpoint's name", example = "chat")),
    responses((status = 200, description = "The endpoint", body = Endpoint))
)]
async fn get_endpoint(State(manage): State<Manage>, call: Call, PathId(name): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    resource::show::<Endpoint>(&manage, &call, &name).await
}

/// Add an endpoint
///
/// Keys with all endpoints may call it from now on.
#[utoipa::path(
    post,
    path = "/endpoints",
    tag = "Endpoints",
    request_body = NewEndpoint,
    responses((status = 201, description = "The endpoint", body = Endpoint))
)]
async fn create_endpoint(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let form = call.json::<NewEndpoint>()?.form()?;
    let services = manage.services();
    make(&manage, &call, created, |actor| async move {
        services.endpoints.create(&actor, &form).await
    })
    .await
}

/// Edit an endpoint
///
/// Gives it another title. Its methods and paths never change, since existing keys would then allow more.
#[utoipa::path(
    patch,
    path = "/endpoints/{name}",
    tag = "Endpoints",
    params(("name" = String, Path, description = "The endpoint's name", example = "translate")),
    request_body = EndpointPatch,
    responses((status = 200, description = "The endpoint as it is now", body = Endpoint))
)]
async fn edit_endpoint(State(manage): State<Manage>, call: Call, PathId(name): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let EndpointPatch { title } = call.json()?;
    let (services, its) = (manage.services(), name.clone());
    resource::edit::<Endpoint, _>(&manage, &call, &name, |actor| async move {
        let title = match title {
            Some(title) => title,
            None => Endpoint::read(services, &actor, &its).await?.title,
        };
        services.endpoints.retitle(&actor, &its, &title).await.map(drop)
    })
    .await
}

/// Retire an endpoint
///
/// Takes it out of the catalogue for good: no key may call it any more, and no new endpoint can have its name.
#[utoipa::path(
    delete,
    path = "/endpoints/{name}",
    tag = "Endpoints",
    params(("name" = String, Path, description = "The endpoint's name", example = "translate")),
    responses((status = 204, description = "The endpoint is retired"))
)]
async fn retire_endpoint(State(manage): State<Manage>, call: Call, PathId(name): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let (services, its) = (manage.services(), name.clone());
    resource::remove::<Endpoint, _>(&manage, &call, &name, |actor| async move {
        services.endpoints.retire(&actor, &its).await.map(drop)
    })
    .await
}

fn created(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Endpoint(endpoint) = what else {
        return unexpected();
    };
    let body = Endpoint::from(*endpoint);
    let location = format!("{PREFIX}/endpoints/{}", body.name);
    made(StatusCode::CREATED, &body, &body, Some(location), change)
}

impl NewEndpoint {
    /// The form that asks for the same endpoint, since the rules are those of the form.
    fn form(&self) -> Result<EndpointForm, Problem> {
        let mut patterns = String::new();
        for (index, MethodAndPath { method, path }) in self.patterns.iter().enumerate() {
            // A form has a line for each pattern, and its methods stand before its path.
            let has_space = |text: &str| text.chars().any(|letter| letter.is_whitespace() || letter == ',');
            if has_space(method) || path.chars().any(char::is_whitespace) {
                let field = format!("patterns[{index}]");
                return Err(Problem::field(&field, "A method and a path have no white space."));
            }
            patterns.extend([method, " ", path, "\n"]);
        }
        Ok(EndpointForm {
            name: self.name.clone(),
            title: self.title.clone(),
            patterns,
        })
    }
}

impl From<&EndpointRow> for Endpoint {
    fn from(row: &EndpointRow) -> Self {
        let patterns = row.endpoint.patterns.iter().map(|pattern| MethodAndPath {
            method: pattern.method.clone(),
            path: pattern.path.clone(),
        });
        Self {
            name: row.endpoint.name.clone(),
            title: row.endpoint.title.clone(),
            patterns: patterns.collect(),
            keys: row.keys,
            created_at: Time(row.created_at),
            retired_at: row.retired_at.map(Time),
        }
    }
}

impl Resource for Endpoint {
    type Id = String;

    const VOLATILE: &'static [&'static str] = &["keys"];

    async fn read(services: &Services, actor: &Actor, name: &String) -> backend::Result<Self> {
        let none = || backend::Error::from(NotFound::Endpoint);
        // A query without a name would find all, and PostgreSQL has no text with NUL.
        if name.is_empty() || name.contains('\0') {
            return Err(none());
        }
        let query = ListQuery::only(name);
        let found = services.endpoints.pages(actor, &query, PageSize::SHORT).await?;
        let first = found.endpoints.iter().chain(&found.retired).next();
        first.map(Self::from).ok_or_else(none)
    }
}
