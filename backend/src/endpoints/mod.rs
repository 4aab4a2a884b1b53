//! The catalogue of endpoints.

mod change;

use std::cmp::Reverse;
use std::collections::HashMap;

use model::endpoint::{Endpoint, Pattern};
use model::endpoint_form::{Catalogue, EndpointRow};
use model::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::backend::Backend;
use crate::entity::{api_key, api_key_endpoint, endpoint, endpoint_pattern};
use crate::error::Result;

/// Keys that were given one endpoint.
#[derive(FromQueryResult)]
struct Held {
    endpoint_name: String,
    keys: i64,
}

impl Backend {
    /// Settings → Endpoints.
    pub async fn endpoint_catalogue(&self) -> Result<Catalogue> {
        let held: HashMap<String, u64> = api_key_endpoint::Entity::find()
            .select_only()
            .column(api_key_endpoint::Column::EndpointName)
            .column_as(api_key_endpoint::Column::KeyId.count(), "keys")
            .group_by(api_key_endpoint::Column::EndpointName)
            .into_model::<Held>()
            .all(&self.db)
            .await?
            .into_iter()
            .map(|held| (held.endpoint_name, u64::try_from(held.keys).unwrap_or_default()))
            .collect();
        let keys_with_all = api_key::Entity::find()
            .filter(api_key::COLUMN.all_endpoints.eq(true))
            .count(&self.db)
            .await?;
        let patterns = patterns(&self.db).await?;
        let rows = endpoint::Entity::find()
            .order_by_asc(endpoint::COLUMN.position)
            .all(&self.db)
            .await?;
        let rows = rows.into_iter().map(|row| EndpointRow {
            keys: held.get(&row.name).copied().unwrap_or_default(),
            created_at: Timestamp(row.created_at),
            retired_at: row.retired_at.map(Timestamp),
            endpoint: with_patterns(row, &patterns),
        });
        let (endpoints, mut retired): (Vec<_>, Vec<_>) = rows.partition(|row| row.retired_at.is_none());
        retired.sort_by_key(|row| Reverse(row.retired_at));
        Ok(Catalogue {
            endpoints,
            retired,
            keys_with_all,
            now: self.now(),
        })
    }

    /// The endpoints that a key can be given, in their order.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>> {
        catalogue(&self.db).await
    }
}

/// All endpoints that are not retired.
pub(crate) async fn catalogue(db: &impl ConnectionTrait) -> Result<Vec<Endpoint>> {
    let endpoints = endpoint::Entity::find()
        .filter(endpoint::COLUMN.retired_at.is_null())
        .order_by_asc(endpoint::COLUMN.position)
        .all(db)
        .await?;
    let patterns = patterns(db).await?;
    Ok(endpoints.into_iter().map(|row| with_patterns(row, &patterns)).collect())
}

/// All patterns, in the order of their endpoints.
async fn patterns(db: &impl ConnectionTrait) -> Result<Vec<endpoint_pattern::Model>> {
    Ok(endpoint_pattern::Entity::find()
        .order_by_asc(endpoint_pattern::COLUMN.endpoint_name)
        .order_by_asc(endpoint_pattern::COLUMN.position)
        .all(db)
        .await?)
}

fn with_patterns(row: endpoint::Model, patterns: &[endpoint_pattern::Model]) -> Endpoint {
    let own = patterns.iter().filter(|pattern| pattern.endpoint_name == row.name);
    Endpoint {
        patterns: own
            .map(|pattern| Pattern {
                method: pattern.method.clone(),
                path: pattern.path.clone(),
            })
            .collect(),
        name: row.name,
        title: row.title,
    }
}

/// The titles of all endpoints, retired ones too, by name.
pub(crate) async fn titles(db: &impl ConnectionTrait) -> Result<HashMap<String, String>> {
    let endpoints = endpoint::Entity::find().all(db).await?;
    Ok(endpoints
        .into_iter()
        .map(|endpoint| (endpoint.name, endpoint.title))
        .collect())
}
