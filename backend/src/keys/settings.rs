//! Reads and writes what people set on a key, in the row of the key.

use model::key_fields::KeySettings;
use model::status::Status;
use model::time::Timestamp;
use sea_orm::Set;

use super::{addresses_of, limits_of, status_of};
use crate::store::column::Stored;
use crate::store::entities::api_key;

/// The settings of a key as it is now.
pub(super) fn settings_of(row: &api_key::Model, now: Timestamp) -> KeySettings {
    KeySettings {
        name: row.name.clone(),
        profile: row.profile_id.as_deref().cloned(),
        active: match status_of(row, now) {
            Status::Active => Some(true),
            Status::Inactive => Some(false),
            Status::Provisioning | Status::Expired | Status::Failed => None,
        },
        expires_at: row.expires_at.map(|at| at.0),
        limits: limits_of(row),
        addresses: addresses_of(row.allowed_addresses.clone()),
    }
}

/// Writes settings into a row. Whether the key is active is its state, which its life decides.
pub(super) fn set(row: &mut api_key::ActiveModel, settings: KeySettings) {
    let KeySettings {
        name,
        profile,
        active: _,
        expires_at,
        limits,
        addresses,
    } = settings;
    row.name_lower = Set(name.to_lowercase());
    row.name = Set(name);
    row.profile_id = Set(profile.map(Stored));
    row.expires_at = Set(expires_at.map(Stored));
    row.limit_second = Set(limits.second.map(Stored));
    row.limit_minute = Set(limits.minute.map(Stored));
    row.limit_day = Set(limits.day.map(Stored));
    row.allowed_addresses = Set((!addresses.is_all()).then_some(Stored(addresses)));
}
