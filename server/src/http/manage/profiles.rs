//! Bias profiles: created, edited (each edit makes a version) and deleted.

use axum::extract::State;
use axum::response::Response;
use backend::{Actor, KeptAnswer, Made, Services};
use http::StatusCode;
use model::bounded::Bounded;
use model::id::ProfileId;
use model::profile::{Content, ProfileRow};
use model::profile_form::{ProfileForm, ProfileOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Call, PathId};
use super::categories::{CATEGORIES, CategorySetting, set_categories};
use super::environments::SearchParameters;
use super::list::{Page, no_query};
use super::problem::{Problem, ProblemCode};
use super::resource::{self, Resource, json, made, make};
use super::values::{Time, present};
use super::{Manage, PREFIX, unexpected};

/// How often an edit begins anew where somebody else made a version meanwhile.
const TRIES: usize = 3;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(list_profiles, create_profile))
        .routes(routes!(get_profile, edit_profile, delete_profile))
}

/// A bias profile, in the version in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Profile {
    /// Stable over its versions.
    #[schema(example = "prof_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Strict")]
    name: String,
    #[schema(example = "For the public chat")]
    description: String,
    /// Versions are numbered from 1.
    #[schema(example = 3)]
    version: i64,
    /// Who made this version, and when.
    #[schema(example = "Mara Ott")]
    version_created_by: String,
    version_created_at: Time,
    /// One for each category.
    categories: Vec<CategorySetting>,
    /// Number of keys that have it.
    keys: u64,
}

/// A bias profile to be made. Categories that are left out are off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Strict",
    "description": "For the public chat",
    "categories": [{"category": "gender", "on": true, "threshold": 30, "action": "block"}],
}))]
struct NewProfile {
    #[schema(example = "Strict", min_length = 1, max_length = 60)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    #[serde(default)]
    #[schema(value_type = Vec<CategorySetting>, required = false)]
    categories: Bounded<CategorySetting, CATEGORIES>,
}

/// What is to be changed. A field or a category that is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "For the public chat"}))]
struct ProfilePatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 500)]
    description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<CategorySetting>, required = false)]
    categories: Bounded<CategorySetting, CATEGORIES>,
}

/// List bias profiles
///
/// By name, in the version in force.
#[utoipa::path(
    get,
    path = "/profiles",
    tag = "Bias profiles",
    params(SearchParameters),
    responses((status = 200, description = "A page of the list", body = Page<Profile>))
)]
async fn list_profiles(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let (query, paging) = SearchParameters::read(&manage, &call)?;
    let found = manage
        .services()
        .profiles
        .page(&call.actor, &query, paging.size)
        .await?;
    let data = found.rows.iter().map(Profile::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, found.paging.next)))
}

/// Read a bias profile
#[utoipa::path(
    get,
    path = "/profiles/{id}",
    tag = "Bias profiles",
    params(("id" = String, Path, description = "The profile's ID", example = "prof_8fQ2nLw0Zz")),
    responses((status = 200, description = "The bias profile", body = Profile))
)]
async fn get_profile(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    resource::show::<Profile>(&manage, &call, &profile_id(&id)?).await
}

/// Create a bias profile
#[utoipa::path(
    post,
    path = "/profiles",
    tag = "Bias profiles",
    request_body = NewProfile,
    responses((status = 201, description = "The bias profile", body = Profile))
)]
async fn create_profile(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let new: NewProfile = call.json()?;
    let mut content = Content::blank();
    for setting in &mut content.settings {
        setting.on = false;
    }
    content.name = new.name;
    content.description = new.description;
    set_categories(&mut content, &new.categories)?;
    let form = ProfileForm::of(&content, 0);
    let services = manage.services();
    make(&manage, &call, created, |actor| async move {
        services.profiles.create(&actor, &form).await
    })
    .await
}

/// Edit a bias profile
///
/// Changes only the fields and categories that are present, and makes a new version, which is in force for all its keys.
#[utoipa::path(
    patch,
    path = "/profiles/{id}",
    tag = "Bias profiles",
    params(("id" = String, Path, description = "The profile's ID", example = "prof_8fQ2nLw0Zz")),
    request_body = ProfilePatch,
    responses((status = 200, description = "The bias profile as it is now", body = Profile))
)]
async fn edit_profile(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = profile_id(&id)?;
    let patch: ProfilePatch = call.json()?;
    // A mistake is told before anything is read.
    set_categories(&mut Content::blank(), &patch.categories)?;
    for _ in 0..TRIES {
        let (services, its, patch) = (manage.services(), &id, &patch);
        let mut is_newer = false;
        let is_newer_now = &mut is_newer;
        let answer = resource::edit::<Profile, _>(&manage, &call, &id, |actor| async move {
            let current = services.profiles.details(&actor, its, None).await?.current;
            let mut content = current.content;
            content.name = patch.name.clone().unwrap_or(content.name);
            content.description = patch.description.clone().unwrap_or(content.description);
            // These were checked above.
            let _ = set_categories(&mut content, &patch.categories);
            let form = ProfileForm::of(&content, current.number);
            let outcome = services.profiles.edit(&actor, its, &form).await?;
            *is_newer_now = matches!(outcome, ProfileOutcome::Changed(_));
            Ok(())
        })
        .await?;
        if !is_newer {
            return Ok(answer);
        }
    }
    Err(Problem::new(
        ProblemCode::Conflict,
        "Others keep changing this bias profile, so nothing was done. Try again.",
    ))
}

/// Delete a bias profile
///
/// Refused while keys have it.
#[utoipa::path(
    delete,
    path = "/profiles/{id}",
    tag = "Bias profiles",
    params(("id" = String, Path, description = "The profile's ID", example = "prof_8fQ2nLw0Zz")),
    responses((status = 204, description = "The bias profile is deleted"))
)]
async fn delete_profile(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = profile_id(&id)?;
    let (services, its) = (manage.services(), id.clone());
    resource::remove::<Profile, _>(&manage, &call, &id, |actor| async move {
        services.profiles.delete(&actor, &its).await.map(drop)
    })
    .await
}

fn created(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Profile(profile) = what else {
        return unexpected();
    };
    let body = Profile::from(*profile);
    let location = format!("{PREFIX}/profiles/{}", body.id);
    made(StatusCode::CREATED, &body, &body, Some(location), change)
}

fn profile_id(text: &str) -> Result<ProfileId, Problem> {
    ProfileId::parse(text).ok_or_else(|| Problem::malformed_id("a bias profile", ProfileId::PREFIX))
}

impl From<&ProfileRow> for Profile {
    fn from(row: &ProfileRow) -> Self {
        let ProfileRow { id, version, keys } = row;
        Self {
            id: id.to_string(),
            name: version.content.name.clone(),
            description: version.content.description.clone(),
            version: version.number,
            version_created_by: version.author.clone(),
            version_created_at: Time(version.created_at),
            categories: version.content.settings.iter().map(CategorySetting::from).collect(),
            keys: *keys,
        }
    }
}

impl Resource for Profile {
    type Id = ProfileId;

    const VOLATILE: &'static [&'static str] = &["keys"];

    async fn read(services: &Services, actor: &Actor, id: &ProfileId) -> backend::Result<Self> {
        let page = services.profiles.details(actor, id, None).await?;
        Ok(Self::from(&ProfileRow {
            id: page.id,
            version: page.current,
            keys: page.keys,
        }))
    }
}
