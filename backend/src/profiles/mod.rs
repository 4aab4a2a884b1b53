//! Bias profiles: made, edited (each edit is a version), read and deleted.

mod change;
mod list;

use std::collections::HashMap;

use model::id::{KeyId, ProfileId};
use model::profile::{Comparison, Content, KeyName, ProfileName, ProfilePage, VERSIONS_PAGE, Version, VersionName};
use model::profile_form::ProfileForm;
use model::role::{Permission, Role};
use model::time::Timestamp;
use model::verify::ProfileInForce;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::backend::Backend;
use crate::entity::{api_key, profile, profile_version};
use crate::error::{Error, Result};
use crate::padded::padded;

/// Keys that are named where a profile is in use.
const SOME_KEYS: u64 = 10;

impl Backend {
    /// One profile with a page of its versions, from before a number on, and some of the keys that have it.
    pub async fn profile(&self, role: Role, id: &ProfileId, before: Option<i64>) -> Result<ProfilePage> {
        let (_, current) = one_in_force(&self.db, id).await?;
        let mut versions: Vec<VersionName> = profile_version::Entity::find()
            .filter(profile_version::COLUMN.profile_id.eq(id.as_str()))
            .filter(profile_version::COLUMN.number.lt(before.unwrap_or(i64::MAX)))
            .order_by_desc(profile_version::COLUMN.number)
            .limit(VERSIONS_PAGE + 1)
            .all(&self.db)
            .await?
            .into_iter()
            .map(|row| VersionName {
                number: row.number,
                author: row.author,
                created_at: Timestamp(row.created_at),
            })
            .collect();
        let more = versions.len() as u64 > VERSIONS_PAGE;
        versions.truncate(usize::try_from(VERSIONS_PAGE).unwrap_or(usize::MAX));
        Ok(ProfilePage {
            next: versions.last().filter(|_| more).map(|version| version.number),
            current,
            keys: keys_with(&self.db, id).await?,
            some_keys: some_keys(&self.db, id).await?,
            id: id.clone(),
            versions,
            now: self.now(),
            may_change: role.may(Permission::ChangeProfiles),
        })
    }

    /// What differs between two versions: those in force now and before, where none are named or there are none such.
    pub async fn compare_versions(&self, id: &ProfileId, from: Option<i64>, to: Option<i64>) -> Result<Comparison> {
        let (_, current) = one_in_force(&self.db, id).await?;
        let newest = current.number;
        let known = |number: Option<i64>| number.filter(|number| (1..=newest).contains(number));
        let (from, to) = (known(from).unwrap_or((newest - 1).max(1)), known(to).unwrap_or(newest));
        let mut found = HashMap::new();
        let rows = profile_version::Entity::find()
            .filter(profile_version::COLUMN.profile_id.eq(id.as_str()))
            .filter(profile_version::Column::Number.is_in([from, to]))
            .all(&self.db)
            .await?;
        for row in rows {
            found.insert(row.number, version(row)?.content);
        }
        let (Some(before), Some(after)) = (found.get(&from), found.get(&to)) else {
            return Err(not_found(id));
        };
        Ok(Comparison {
            from,
            to,
            differences: before.differences(after),
        })
    }

    /// The form for a new profile.
    pub fn new_profile_form() -> ProfileForm {
        ProfileForm::of(&Content::blank(), 0)
    }

    /// The form filled with a profile, to edit it.
    pub async fn profile_form(&self, id: &ProfileId) -> Result<ProfileForm> {
        let (_, version) = one_in_force(&self.db, id).await?;
        Ok(ProfileForm::of(&version.content, version.number))
    }

    /// The profiles that a key can be given, by name.
    pub async fn profile_names(&self) -> Result<Vec<ProfileName>> {
        names(&self.db).await
    }

    /// The profile with this name, for the command line.
    pub async fn profile_named(&self, name: &str) -> Result<ProfileId> {
        names(&self.db)
            .await?
            .into_iter()
            .find(|profile| profile.name == name)
            .map(|profile| profile.id)
            .ok_or_else(|| Error::NotFound(format!("There is no bias profile {name:?}.")))
    }
}

pub(crate) async fn names(db: &impl ConnectionTrait) -> Result<Vec<ProfileName>> {
    let all = in_force(db, None).await?;
    Ok(all
        .into_iter()
        .map(|(id, version)| ProfileName {
            id,
            name: version.content.name,
            version: version.number,
        })
        .collect())
}

/// Profiles as gateways get them: these, or all.
pub(crate) async fn for_verifier(db: &impl ConnectionTrait, ids: Option<&[String]>) -> Result<Vec<ProfileInForce>> {
    let found = in_force(db, ids).await?;
    Ok(found
        .into_iter()
        .map(|(id, version)| ProfileInForce::new(id, version.number, version.content))
        .collect())
}

async fn in_force(db: &impl ConnectionTrait, ids: Option<&[String]>) -> Result<Vec<(ProfileId, Version)>> {
    let mut query = current().order_by_asc(profile::Column::NameLower);
    if let Some(ids) = ids {
        query = query.filter(profile::Column::Id.is_in(padded(ids)));
    }
    let rows = query.into_model::<profile_version::Model>().all(db).await?;
    rows.into_iter()
        .map(|row| Ok((ProfileId::from_stored(row.profile_id.clone()), version(row)?)))
        .collect()
}

/// Profiles beside their version in force.
fn current() -> Select<profile::Entity> {
    let current = profile::Entity::belongs_to(profile_version::Entity)
        .from(profile::Column::Id)
        .to(profile_version::Column::ProfileId)
        .on_condition(|profile, version| {
            use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};
            Expr::col((profile, profile::Column::Version))
                .equals((version, profile_version::Column::Number))
                .into_condition()
        })
        .into();
    profile::Entity::find()
        .select_only()
        .columns([profile_version::Column::ProfileId, profile_version::Column::Number])
        .columns([
            profile_version::Column::Name,
            profile_version::Column::Description,
            profile_version::Column::Settings,
            profile_version::Column::Author,
            profile_version::Column::CreatedAt,
        ])
        .join(JoinType::InnerJoin, current)
}

async fn one_in_force(db: &impl ConnectionTrait, id: &ProfileId) -> Result<(ProfileId, Version)> {
    let mut found = in_force(db, Some(&[id.to_string()])).await?;
    found.pop().ok_or_else(|| not_found(id))
}

fn version(row: profile_version::Model) -> Result<Version> {
    let settings = serde_json::from_str(&row.settings).map_err(|_| Error::stored("bias profile", &row.profile_id))?;
    Ok(Version {
        number: row.number,
        content: Content {
            name: row.name,
            description: row.description,
            settings,
        },
        author: row.author,
        created_at: Timestamp(row.created_at),
    })
}

async fn keys_with(db: &impl ConnectionTrait, id: &ProfileId) -> Result<u64> {
    Ok(api_key::Entity::find()
        .filter(api_key::Column::ProfileId.eq(id.as_str()))
        .count(db)
        .await?)
}

async fn some_keys(db: &impl ConnectionTrait, id: &ProfileId) -> Result<Vec<KeyName>> {
    let rows: Vec<(String, String)> = api_key::Entity::find()
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
        .map(|(id, name)| KeyName {
            id: KeyId::from_stored(id),
            name,
        })
        .collect())
}

fn not_found(id: &ProfileId) -> Error {
    Error::NotFound(format!("There is no bias profile {id}. It may have been deleted."))
}
