//! Reads the row of a key.

use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::id::KeyId;
use model::life::Life;
use model::limit::Limits;
use model::status::{State, Status};
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::entities::api_key;
use crate::error::{Error, NotFound, Result};

/// A limit as it was stored.
pub(crate) fn limit_of(stored: Option<i64>, id: &str) -> Result<Option<u32>> {
    stored
        .map(|limit| u32::try_from(limit).map_err(|_| Error::stored("rate limit of key", id)))
        .transpose()
}

/// The rate limits of a key.
pub(crate) fn limits_of(row: &api_key::Model) -> Result<Limits> {
    Ok(Limits {
        second: limit_of(row.limit_second, &row.id)?,
        minute: limit_of(row.limit_minute, &row.id)?,
        day: limit_of(row.limit_day, &row.id)?,
    })
}

/// The allowed addresses of a key as they were stored.
pub(crate) fn addresses_of(stored: Option<&str>, id: &str) -> Result<AllowedAddresses> {
    AllowedAddresses::from_stored(stored.unwrap_or_default()).ok_or_else(|| Error::stored("addresses of key", id))
}

pub(crate) fn grant_of(all: bool, granted: Vec<String>) -> Grant {
    if all { Grant::All } else { Grant::Only(granted) }
}

/// The life of a key, from its row. The granted endpoints are left out, since no step depends on them.
pub(crate) fn life_of(row: &api_key::Model) -> Result<Life> {
    Ok(Life::from_stored(
        state_of(row)?,
        Timestamp(row.created_at),
        row.expires_at.map(Timestamp),
        grant_of(row.all_endpoints, Vec::new()),
    ))
}

pub(crate) fn state_of(row: &api_key::Model) -> Result<State> {
    State::parse(&row.state).ok_or_else(|| Error::stored("state", &row.state))
}

pub(crate) fn status_of(row: &api_key::Model, now: Timestamp) -> Result<Status> {
    Ok(life_of(row)?.status(now))
}

/// The row of a key that exists.
pub(crate) async fn row(db: &impl ConnectionTrait, id: &KeyId) -> Result<api_key::Model> {
    api_key::Entity::find_by_id(id.as_str())
        .one(db)
        .await?
        .ok_or_else(|| NotFound::Key(id.clone()).into())
}
