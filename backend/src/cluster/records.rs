//! Turns rows into what the verifier keeps of them.

use crate::crypto::token::HashedToken;
use crate::error::Result;
use crate::store::customers::settings_of;
use crate::store::entities::{api_key, customer};
use crate::store::keys::{addresses_of, grant_of, limits_of};
use crate::verifier::{KeyKind, LoadedCustomer, LoadedKey, OldToken};

/// Turns the row of a key into what the verifier keeps of the key.
pub(crate) fn key_record(row: api_key::Model, granted: Vec<String>, old_tokens: Vec<OldToken>) -> Result<LoadedKey> {
    Ok(LoadedKey {
        kind: kind_of(row.token_imported),
        limits: limits_of(&row),
        addresses: addresses_of(row.allowed_addresses),
        state: row.state.0,
        token: HashedToken::from_stored(row.token_hash, row.id.as_str())?,
        old_tokens,
        id: row.id.0,
        name: row.name,
        environment_id: row.environment_id.0,
        expires_at: row.expires_at.map(|at| at.0),
        created_at: row.created_at.0,
        grant: grant_of(row.all_endpoints, granted),
        profile_id: row.profile_id.map(|id| id.0),
        customer_id: row.customer_id.map(|id| id.0),
        metadata: row.metadata.and_then(|metadata| metadata.0.into_json()),
    })
}

/// The kind of a key, by whether another system has issued its token.
pub(super) const fn kind_of(token_imported: bool) -> KeyKind {
    if token_imported {
        KeyKind::Imported
    } else {
        KeyKind::Key
    }
}

/// Turns the row of a customer into what the verifier keeps of the customer.
pub(super) fn customer_record(row: customer::Model) -> LoadedCustomer {
    let settings = settings_of(&row);
    LoadedCustomer {
        id: row.id.0,
        external_id: settings.external_id,
        name: settings.name,
        metadata: settings.metadata.into_json(),
        suspended: row.suspended_at.is_some(),
        limits: settings.limits,
    }
}
