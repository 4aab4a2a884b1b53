//! The people who may log in. What changes them needs a password that was entered a short while ago, so only the console does it.

use axum::extract::State;
use axum::response::Response;
use backend::error::NotFound;
use backend::{Actor, Services};
use http::StatusCode;
use model::id::UserId;
use model::list::{ListQuery, PageSize};
use model::people::Person;
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
        .routes(routes!(list_users))
        .routes(routes!(get_user))
}

/// A person who may log in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct User {
    #[schema(example = "usr_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Mara Ott")]
    name: String,
    #[schema(example = "mara@example.org")]
    email: String,
    /// `viewer`, `developer`, `admin` or `owner`.
    #[schema(example = "developer")]
    role: &'static str,
    created_at: Time,
    /// Since when this person cannot log in; null where they can.
    #[schema(required = true)]
    disabled_at: Option<Time>,
    #[schema(required = true)]
    last_login_at: Option<Time>,
    /// Whether logging in asks for a code as well.
    second_factor: bool,
    /// Number of keys that this person made.
    keys: u64,
}

/// List people
///
/// By name. Only owners see them.
#[utoipa::path(
    get,
    path = "/users",
    tag = "Users",
    params(SearchParameters),
    responses((status = 200, description = "A page of the list", body = Page<User>))
)]
async fn list_users(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let (query, paging) = SearchParameters::read(&manage, &call)?;
    let (people, place) = manage
        .services()
        .accounts
        .page(&call.actor, &query, paging.size)
        .await?;
    let data = people.iter().map(User::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, place.next)))
}

/// Read a person
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = "Users",
    params(("id" = String, Path, description = "The person's ID", example = "usr_8fQ2nLw0Zz")),
    responses((status = 200, description = "The person", body = User))
)]
async fn get_user(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = UserId::parse(&id).ok_or_else(|| Problem::malformed_id("a person", UserId::PREFIX))?;
    resource::show::<User>(&manage, &call, &id).await
}

impl From<&Person> for User {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone(),
            role: person.role.as_str(),
            created_at: Time(person.created_at),
            disabled_at: person.disabled_at.map(Time),
            last_login_at: person.last_login_at.map(Time),
            second_factor: person.second_factor,
            keys: person.keys,
        }
    }
}

impl Resource for User {
    type Id = UserId;

    const VOLATILE: &'static [&'static str] = &["lastLoginAt", "keys"];

    async fn read(services: &Services, actor: &Actor, id: &UserId) -> backend::Result<Self> {
        let query = ListQuery::only(id.as_str());
        let (people, _) = services.accounts.page(actor, &query, PageSize::SHORT).await?;
        let first = people.first().map(Self::from);
        first.ok_or_else(|| NotFound::User(id.clone()).into())
    }
}
