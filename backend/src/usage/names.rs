//! The names of the keys that were used, where they are still known.

use std::collections::HashMap;

use model::id::{EnvironmentId, KeyId};
use model::usage::UsedKeyName;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::{api_key, environment_key};
use crate::store::environments;
use crate::store::mutation::chunks_for_statements;

/// The names of these keys, by key. Deleted keys are left out.
pub(super) async fn of_keys(db: &impl ConnectionTrait, ids: &[KeyId]) -> Result<HashMap<KeyId, UsedKeyName>> {
    let environments = environments::by_id(db).await?;
    let mut names = HashMap::with_capacity(ids.len());
    for chunk in chunks_for_statements(ids) {
        let keys: Vec<(Stored<KeyId>, String, Stored<EnvironmentId>)> = api_key::Entity::find()
            .select_only()
            .columns([
                api_key::Column::Id,
                api_key::Column::Name,
                api_key::Column::EnvironmentId,
            ])
            .filter(api_key::Column::Id.is_in(chunk.iter().map(KeyId::as_str)))
            .into_tuple()
            .all(db)
            .await?;
        for (Stored(id), name, environment) in keys {
            let environment = environments::of(&environments, &environment)?.name.clone();
            names.insert(id, UsedKeyName::List { name, environment });
        }
    }
    for (Stored(id), environment) in environment_keys(db).await? {
        let name = environments::of(&environments, &environment)?.name.clone();
        names.insert(id, UsedKeyName::Environment(name));
    }
    Ok(names)
}

/// The environment keys, which are few: key ID, and ID of the environment.
async fn environment_keys(db: &impl ConnectionTrait) -> Result<Vec<(Stored<KeyId>, Stored<EnvironmentId>)>> {
    Ok(environment_key::Entity::find()
        .select_only()
        .columns([environment_key::Column::KeyId, environment_key::Column::EnvironmentId])
        .distinct()
        .into_tuple()
        .all(db)
        .await?)
}
