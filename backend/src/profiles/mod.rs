//! Bias profiles: created, edited (each edit makes a version), read and deleted.

mod change;
mod list;

use std::collections::HashMap;
use std::sync::Arc;

use model::id::{KeyId, ProfileId};
use model::profile::{Comparison, Content, KeyName, ProfileName, ProfilePage, VERSIONS_PAGE, VersionName};
use model::profile_form::ProfileForm;
use model::role::Permission;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::actor::Actor;
use crate::error::{NotFound, Result};
use crate::store::Store;
use crate::store::column::Stored;
use crate::store::entities::{api_key, profile_version};
use crate::store::profiles::{names, one_in_force, version};

/// The most keys that are named where a profile is in use.
const SOME_KEYS: u64 = 10;

/// Creates, edits, lists and deletes bias profiles.
#[derive(Debug)]
pub struct Profiles {
    store: Arc<Store>,
}

impl Profiles {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// One profile with a page of its versions, beginning with the one before `before`, and some of the keys that have
    /// it.
    pub async fn details(&self, actor: &Actor, id: &ProfileId, before: Option<i64>) -> Result<ProfilePage> {
        actor.require(Permission::SeeKeys)?;
        let (_, current) = one_in_force(&self.store.db, id).await?;
        let mut versions: Vec<VersionName> = profile_version::Entity::find()
            .filter(profile_version::COLUMN.profile_id.eq(id.as_str()))
            .filter(profile_version::COLUMN.number.lt(before.unwrap_or(i64::MAX)))
            .order_by_desc(profile_version::COLUMN.number)
            .limit(VERSIONS_PAGE + 1)
            .all(&self.store.db)
            .await?
            .into_iter()
            .map(|row| VersionName {
                number: row.number,
                author: row.author,
                created_at: row.created_at.0,
            })
            .collect();
        let more = versions.len() as u64 > VERSIONS_PAGE;
        versions.truncate(usize::try_from(VERSIONS_PAGE).unwrap_or(usize::MAX));
        Ok(ProfilePage {
            next: versions.last().filter(|_| more).map(|version| version.number),
            current,
            keys: keys_with(&self.store.db, id).await?,
            some_keys: some_keys(&self.store.db, id).await?,
            id: id.clone(),
            versions,
            now: self.store.now(),
            may_change: actor.role.may(Permission::ChangeProfiles),
        })
    }

    /// What differs between two versions. Where a version is not given or does not exist, `to` is the version in force
    /// and `from` the one before that.
    pub async fn compare_versions(
        &self,
        actor: &Actor,
        id: &ProfileId,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Comparison> {
        actor.require(Permission::SeeKeys)?;
        let (_, current) = one_in_force(&self.store.db, id).await?;
        let newest = current.number;
        let known = |number: Option<i64>| number.filter(|number| (1..=newest).contains(number));
        let (from, to) = (known(from).unwrap_or((newest - 1).max(1)), known(to).unwrap_or(newest));
        let mut found = HashMap::new();
        let rows = profile_version::Entity::find()
            .filter(profile_version::COLUMN.profile_id.eq(id.as_str()))
            .filter(profile_version::Column::Number.is_in([from, to]))
            .all(&self.store.db)
            .await?;
        for row in rows {
            found.insert(row.number, version(row)?.content);
        }
        let (Some(before), Some(after)) = (found.get(&from), found.get(&to)) else {
            return Err(NotFound::Profile(id.clone()).into());
        };
        Ok(Comparison {
            from,
            to,
            differences: before.differences(after),
        })
    }

    /// The form for a new profile.
    pub fn new_form(actor: &Actor) -> Result<ProfileForm> {
        actor.require(Permission::ChangeProfiles)?;
        Ok(ProfileForm::of(&Content::blank(), 0))
    }

    /// The form filled with a profile, to edit it.
    pub async fn edit_form(&self, actor: &Actor, id: &ProfileId) -> Result<ProfileForm> {
        actor.require(Permission::ChangeProfiles)?;
        let (_, version) = one_in_force(&self.store.db, id).await?;
        Ok(ProfileForm::of(&version.content, version.number))
    }

    /// The profiles that a key can have, in the order of their names.
    pub async fn names(&self, actor: &Actor) -> Result<Vec<ProfileName>> {
        actor.require(Permission::SeeKeys)?;
        self.load_names().await
    }

    /// The names for another service, which has already required a permission.
    pub(crate) async fn load_names(&self) -> Result<Vec<ProfileName>> {
        names(&self.store.db).await
    }

    /// The profile with this name, for the command line.
    pub async fn find_by_name(&self, actor: &Actor, name: &str) -> Result<ProfileId> {
        actor.require(Permission::SeeKeys)?;
        names(&self.store.db)
            .await?
            .into_iter()
            .find(|profile| profile.name == name)
            .map(|profile| profile.id)
            .ok_or_else(|| NotFound::ProfileNamed(name.to_owned()).into())
    }
}

async fn keys_with(db: &impl ConnectionTrait, id: &ProfileId) -> Result<u64> {
    Ok(api_key::Entity::find()
        .filter(api_key::Column::ProfileId.eq(id.as_str()))
        .count(db)
        .await?)
}

async fn some_keys(db: &impl ConnectionTrait, id: &ProfileId) -> Result<Vec<KeyName>> {
    let rows: Vec<(Stored<KeyId>, String)> = api_key::Entity::find()
        .select_only()
        .columns([api_key::Column::Id, api_key::Column::Name])
        .filter(api_key::Column::ProfileId.eq(id.as_str()))
        .order_by_asc(api_key::Column::Id)
        .limit(SOME_KEYS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(Stored(id), name)| KeyName { id, name })
        .collect())
}
