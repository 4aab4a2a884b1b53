//! Server functions of bias profiles.

use leptos::prelude::*;
use model::id::ProfileId;
use model::list::ListQuery;
use model::profile::{Comparison, ProfileList, ProfilePage};
use model::profile_form::ProfileForm;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{map, person, services};

/// A page of the profiles, by name.
#[server(endpoint = "profiles/list", protocol = JsonPost, client = Client)]
pub async fn list_profiles(#[server(default)] query: ListQuery) -> Result<ProfileList, AppError> {
    let person = person()?;
    services()?.profiles.list(&person.actor, &query).await.map_err(map)
}

/// One profile, and a page of its versions that are older than `before`.
#[server(endpoint = "profiles/details", protocol = JsonPost, client = Client)]
pub async fn load_profile(id: ProfileId, before: Option<i64>) -> Result<ProfilePage, AppError> {
    let person = person()?;
    services()?
        .profiles
        .details(&person.actor, &id, before)
        .await
        .map_err(map)
}

/// The differences between two versions of a profile.
#[server(endpoint = "profiles/compare", protocol = JsonPost, client = Client)]
pub async fn compare_versions(id: ProfileId, from: Option<i64>, to: Option<i64>) -> Result<Comparison, AppError> {
    let person = person()?;
    services()?
        .profiles
        .compare_versions(&person.actor, &id, from, to)
        .await
        .map_err(map)
}

/// The form for a new profile, or the form filled with an existing profile.
#[server(endpoint = "profiles/form", protocol = JsonPost, client = Client)]
pub async fn load_profile_form(id: Option<ProfileId>) -> Result<ProfileForm, AppError> {
    let person = person()?;
    let form = match id {
        Some(id) => services()?.profiles.edit_form(&person.actor, &id).await,
        None => backend::profiles::Profiles::new_form(&person.actor),
    };
    form.map_err(map)
}

/// Deletes a profile that no key uses. Returns its name.
#[server(endpoint = "profiles/delete", protocol = JsonPost, client = Client)]
pub async fn delete_profile(id: ProfileId) -> Result<String, AppError> {
    let person = person()?;
    services()?.profiles.delete(&person.actor, &id).await.map_err(map)
}
