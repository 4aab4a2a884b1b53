//! Reads and writes what people set on a key, in the row of the key.

use model::customer::{CustomerName, CustomerRef};
use model::form_values::FormValues;
use model::key_fields::{KeyField, KeySettings, OwnerName};
use model::status::Status;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, Set};

use super::{addresses_of, limits_of, status_of};
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::customers::{self, metadata_of, name_of, stored_metadata};
use crate::store::entities::api_key;

/// The settings of a key as it is now. The customer and the owner are those in its row.
pub(super) fn settings_of(
    row: &api_key::Model,
    customer: Option<CustomerName>,
    owner: Option<OwnerName>,
    now: Timestamp,
) -> KeySettings {
    KeySettings {
        name: row.name.clone(),
        description: row.description.clone(),
        tags: row.tags.0.clone(),
        location: row.location.clone(),
        owner,
        profile: row.profile_id.as_deref().cloned(),
        active: match status_of(row, now) {
            Status::Active => Some(true),
            Status::Inactive => Some(false),
            Status::Provisioning | Status::Expired | Status::Failed => None,
        },
        expires_at: row.expires_at.map(|at| at.0),
        limits: limits_of(row),
        addresses: addresses_of(row.allowed_addresses.clone()),
        customer,
        metadata: metadata_of(row.metadata.clone()),
    }
}

/// Writes settings into a row. Whether the key is active is its state, which its life decides. Its owner has a step of their own.
pub(super) fn set(row: &mut api_key::ActiveModel, settings: KeySettings) {
    let KeySettings {
        name,
        description,
        tags,
        location,
        owner: _,
        profile,
        active: _,
        expires_at,
        limits,
        addresses,
        customer,
        metadata,
    } = settings;
    row.name_lower = Set(name.to_lowercase());
    row.indexed_name = Set(Some(name.to_lowercase()));
    row.name = Set(name);
    row.description = Set(description);
    row.tags = Set(Stored(tags));
    row.location = Set(location);
    row.profile_id = Set(profile.map(Stored));
    row.expires_at = Set(expires_at.map(Stored));
    row.limit_second = Set(limits.second.map(Stored));
    row.limit_minute = Set(limits.minute.map(Stored));
    row.limit_day = Set(limits.day.map(Stored));
    row.customer_id = Set(customer.map(|customer| Stored(customer.id)));
    row.metadata = Set(stored_metadata(metadata));
    row.allowed_addresses = Set((!addresses.is_all()).then_some(Stored(addresses)));
}

/// The customer to whom a key belongs.
pub(super) async fn customer_of(db: &impl ConnectionTrait, row: &api_key::Model) -> Result<Option<CustomerName>> {
    match row.customer_id.as_deref() {
        Some(id) => Ok(Some(name_of(&customers::row(db, id).await?))),
        None => Ok(None),
    }
}

/// The customer that a form names; `None` where it names none, or one that does not exist.
pub(super) async fn customer_in_form(db: &impl ConnectionTrait, form: &FormValues) -> Result<Option<CustomerName>> {
    match CustomerRef::typed(form.text(KeyField::Customer.name())) {
        Ok(named) => Ok(customers::find(db, &named).await?.as_ref().map(name_of)),
        Err(_) => Ok(None),
    }
}
