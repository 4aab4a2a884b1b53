//! Reads the row of a key.

use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::id::KeyId;
use model::life::Life;
use model::limit::Limits;
use model::status::Status;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::column::Stored;
use super::entities::api_key;
use crate::actor::KeyOwner;
use crate::error::{NotFound, Result};

/// The rate limits of a key.
pub(crate) fn limits_of(row: &api_key::Model) -> Limits {
    Limits {
        second: row.limit_second.map(|limit| limit.0),
        minute: row.limit_minute.map(|limit| limit.0),
        day: row.limit_day.map(|limit| limit.0),
    }
}

/// The addresses from which a key may be used, as they are stored.
pub(crate) fn addresses_of(stored: Option<Stored<AllowedAddresses>>) -> AllowedAddresses {
    stored.map(|addresses| addresses.0).unwrap_or_default()
}

pub(crate) fn grant_of(all: bool, granted: Vec<String>) -> Grant {
    if all { Grant::All } else { Grant::Only(granted) }
}

/// The life of a key, from its row. The granted endpoints are left out, since no step depends on them.
pub(crate) fn life_of(row: &api_key::Model) -> Life {
    Life::from_stored(
        row.state.0,
        row.created_at.0,
        row.expires_at.map(|at| at.0),
        grant_of(row.all_endpoints, Vec::new()),
    )
}

pub(crate) fn status_of(row: &api_key::Model, now: Timestamp) -> Status {
    life_of(row).status(now)
}

/// Whose key it is.
pub(crate) fn owner_of(row: &api_key::Model) -> KeyOwner<'_> {
    KeyOwner {
        person: row.created_by.as_deref(),
        service_account: row.created_by_service.as_deref(),
        environment: &row.environment_id,
    }
}

/// The row of a key that exists.
pub(crate) async fn row(db: &impl ConnectionTrait, id: &KeyId) -> Result<api_key::Model> {
    api_key::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(|| NotFound::Key(id.clone()).into())
}
