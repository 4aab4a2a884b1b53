//! The bias profiles in their version in force, as every service reads them.

use model::id::ProfileId;
use model::list::{ListQuery, PageSize, Paging};
use model::profile::{Content, ProfileName, Version};
use model::verify::ProfileInForce;
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entities::{profile, profile_version};
use super::padded::padded;
use super::page::{self, Key, Sorted};
use super::search;
use crate::error::{Error, NotFound, Result};

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

/// These profiles, or all, in the form that gateways get.
pub(crate) async fn for_verifier(db: &impl ConnectionTrait, ids: Option<&[ProfileId]>) -> Result<Vec<ProfileInForce>> {
    let found = in_force(db, ids).await?;
    Ok(found
        .into_iter()
        .map(|(id, version)| ProfileInForce::new(id, version.number, version.content))
        .collect())
}

pub(crate) async fn in_force(
    db: &impl ConnectionTrait,
    ids: Option<&[ProfileId]>,
) -> Result<Vec<(ProfileId, Version)>> {
    let mut query = current().order_by_asc(profile::Column::NameLower);
    if let Some(ids) = ids {
        query = query.filter(profile::Column::Id.is_in(padded(ids.iter().map(ProfileId::as_str))));
    }
    let rows = query.into_model::<profile_version::Model>().all(db).await?;
    rows.into_iter()
        .map(|row| Ok((row.profile_id.0.clone(), version(row)?)))
        .collect()
}

/// One page of the profiles that a query finds, by name.
pub(crate) async fn page_of_profiles(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: PageSize,
) -> Result<(Vec<profile_version::Model>, Paging)> {
    let total = profile::Entity::find().count(db).await?;
    let mut found = current();
    let searched = query.searched();
    let mut matching = None;
    if !searched.is_empty() {
        let columns = [profile_version::Column::Name, profile_version::Column::Description];
        let columns = columns.map(|column| (profile_version::Entity, column));
        found = found.filter(search::contains(columns, &searched));
        matching = Some(found.clone().count(db).await?);
    }
    let sorted = Sorted::ascending(
        Key::Text(Expr::col((profile::Entity, profile::Column::NameLower))),
        Expr::col((profile::Entity, profile::Column::Id)),
    );
    let page = sorted.page(found, &query.after, size.rows());
    let mut rows = page.into_model::<profile_version::Model>().all(db).await?;
    let next = page::cut(&mut rows, size.rows(), |row| {
        page::place(row.name.to_lowercase(), row.profile_id.as_str())
    });
    Ok((rows, page::paging(total, matching, next)))
}

/// Selects the profiles with their version in force.
fn current() -> Select<profile::Entity> {
    let current = profile::Entity::belongs_to(profile_version::Entity)
        .from(profile::Column::Id)
        .to(profile_version::Column::ProfileId)
        .on_condition(|profile, version| {
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

pub(crate) async fn one_in_force(db: &impl ConnectionTrait, id: &ProfileId) -> Result<(ProfileId, Version)> {
    let mut found = in_force(db, Some(std::slice::from_ref(id))).await?;
    found.pop().ok_or_else(|| NotFound::Profile(id.clone()).into())
}

pub(crate) fn version(row: profile_version::Model) -> Result<Version> {
    let settings =
        serde_json::from_str(&row.settings).map_err(|_| Error::stored("bias profile", row.profile_id.as_str()))?;
    Ok(Version {
        number: row.number,
        content: Content {
            name: row.name,
            description: row.description,
            settings,
        },
        author: row.author,
        created_at: row.created_at.0,
    })
}
