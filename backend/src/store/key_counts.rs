//! How many keys belong to each person, bias profile or endpoint.

use std::collections::HashMap;

use model::id::{ProfileId, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select, TryGetable};

use super::column::Stored;
use super::entities::{api_key, api_key_endpoint};
use super::mutation::chunks_for_statements;
use super::padded::padded;
use crate::error::Result;

/// The number of keys of each of these people, by their IDs, without people who have none.
pub(crate) async fn keys_by_owner(db: &impl ConnectionTrait, owners: &[&UserId]) -> Result<HashMap<UserId, u64>> {
    let mut all = HashMap::new();
    for chunk in chunks_for_statements(owners) {
        let keys = api_key::Entity::find().filter(api_key::Column::CreatedBy.is_in(chunk.iter().map(|id| id.as_str())));
        let counts = counted(db, keys, api_key::Column::CreatedBy).await?;
        all.extend(counts.into_iter().map(|(Stored(id), keys)| (id, keys)));
    }
    Ok(all)
}

/// The number of keys with each of these bias profiles, by their IDs, without profiles that no key has.
pub(crate) async fn keys_by_profile(
    db: &impl ConnectionTrait,
    profiles: impl IntoIterator<Item = &ProfileId>,
) -> Result<HashMap<ProfileId, u64>> {
    let keys = api_key::Entity::find()
        .filter(api_key::Column::ProfileId.is_in(padded(profiles.into_iter().map(ProfileId::as_str))));
    let counts = counted(db, keys, api_key::Column::ProfileId).await?;
    Ok(counts.into_iter().map(|(Stored(id), keys)| (id, keys)).collect())
}

/// For each of these endpoints, by its name, the number of keys to which it was granted by name. Endpoints without such
/// keys are left out.
pub(crate) async fn keys_by_endpoint(
    db: &impl ConnectionTrait,
    endpoints: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, u64>> {
    let column = api_key_endpoint::Column::EndpointName;
    let grants = api_key_endpoint::Entity::find().filter(column.is_in(padded(endpoints)));
    Ok(counted(db, grants, column).await?.into_iter().collect())
}

/// Counts rows by the value of a column, which is read as a `T`.
async fn counted<T: TryGetable, E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    column: E::Column,
) -> Result<Vec<(T, u64)>> {
    let counts: Vec<(T, i64)> = rows
        .select_only()
        .column(column)
        .column_as(column.count(), "keys")
        .group_by(column)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts
        .into_iter()
        .map(|(value, keys)| (value, u64::try_from(keys).unwrap_or_default()))
        .collect())
}
