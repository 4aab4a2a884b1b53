//! The catalogue of endpoints as every subject reads it.

use std::collections::HashMap;

use model::endpoint::{Endpoint, Pattern};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entities::{endpoint, endpoint_pattern};
use crate::error::Result;

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
pub(crate) async fn patterns(db: &impl ConnectionTrait) -> Result<Vec<endpoint_pattern::Model>> {
    Ok(endpoint_pattern::Entity::find()
        .order_by_asc(endpoint_pattern::COLUMN.endpoint_name)
        .order_by_asc(endpoint_pattern::COLUMN.position)
        .all(db)
        .await?)
}

pub(crate) fn with_patterns(row: endpoint::Model, patterns: &[endpoint_pattern::Model]) -> Endpoint {
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
