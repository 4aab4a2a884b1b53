//! How many keys belong to each person, bias profile or endpoint.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select};

use super::entities::{api_key, api_key_endpoint};
use super::mutation::chunks_for_statements;
use super::padded::padded;
use crate::error::Result;

/// Keys with one owner, bias profile or endpoint.
#[derive(FromQueryResult)]
struct KeyCount {
    id: String,
    keys: i64,
}

/// The number of keys of each of these people, by their IDs, without people who have none.
pub(crate) async fn keys_by_owner(db: &impl ConnectionTrait, owners: &[&str]) -> Result<HashMap<String, u64>> {
    let mut all = HashMap::new();
    for chunk in chunks_for_statements(owners) {
        let keys = api_key::Entity::find().filter(api_key::Column::CreatedBy.is_in(chunk.iter().copied()));
        all.extend(counted(db, keys, api_key::Column::CreatedBy).await?);
    }
    Ok(all)
}

/// The number of keys with each of these bias profiles, by their IDs, without profiles that no key has.
pub(crate) async fn keys_by_profile(
    db: &impl ConnectionTrait,
    profiles: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, u64>> {
    let keys = api_key::Entity::find().filter(api_key::Column::ProfileId.is_in(padded(profiles)));
    counted(db, keys, api_key::Column::ProfileId).await
}

/// For each of these endpoints, by its name, the number of keys to which it was granted by name. Endpoints without such
/// keys are left out.
pub(crate) async fn keys_by_endpoint(
    db: &impl ConnectionTrait,
    endpoints: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, u64>> {
    let column = api_key_endpoint::Column::EndpointName;
    let grants = api_key_endpoint::Entity::find().filter(column.is_in(padded(endpoints)));
    counted(db, grants, column).await
}

/// Counts rows by the value of a column.
async fn counted<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    column: E::Column,
) -> Result<HashMap<String, u64>> {
    let counts = rows
        .select_only()
        .column_as(column, "id")
        .column_as(column.count(), "keys")
        .group_by(column)
        .into_model::<KeyCount>()
        .all(db)
        .await?;
    Ok(counts
        .into_iter()
        .map(|count| (count.id, u64::try_from(count.keys).unwrap_or_default()))
        .collect())
}
