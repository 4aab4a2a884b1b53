//! What the index in memory needs of a key.

use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId};
use model::limit::Limits;
use model::metadata::Metadata;
use model::status::State;
use model::time::Timestamp;
use sea_orm::FromQueryResult;

use super::column::Stored;
use super::customers::metadata_of;
use super::keys::{addresses_of, grant_of};
use crate::crypto::token::HashedToken;
use crate::error::Result;

/// A key as the index has it, without the tokens that a rotation has replaced.
#[derive(Debug)]
pub(crate) struct IndexKey {
    pub(crate) key_id: KeyId,
    pub(crate) environment_id: EnvironmentId,
    pub(crate) token: HashedToken,
    /// Whether another system has issued the token.
    pub(crate) token_imported: bool,
    pub(crate) state: State,
    pub(crate) grant: Grant,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) profile_id: Option<ProfileId>,
    pub(crate) limits: Limits,
    pub(crate) allowed_addresses: AllowedAddresses,
    pub(crate) name: String,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) metadata: Metadata,
}

/// The columns of [`IndexRow`], in the order of its fields.
pub(crate) const INDEX_COLUMNS: &str = "api_keys.id AS key_id, environment_id, token_hash, token_imported, state, all_endpoints, \
    created_at, expires_at, profile_id, limit_second, limit_minute, limit_day, allowed_addresses, name, \
    customer_id, metadata";

/// A row of `api_keys`, as far as the index needs it.
#[derive(FromQueryResult)]
pub(crate) struct IndexRow {
    pub(crate) key_id: Stored<KeyId>,
    pub(crate) environment_id: Stored<EnvironmentId>,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) token_imported: bool,
    pub(crate) state: Stored<State>,
    pub(crate) all_endpoints: bool,
    pub(crate) created_at: Stored<Timestamp>,
    pub(crate) expires_at: Option<Stored<Timestamp>>,
    pub(crate) profile_id: Option<Stored<ProfileId>>,
    pub(crate) limit_second: Option<Stored<u32>>,
    pub(crate) limit_minute: Option<Stored<u32>>,
    pub(crate) limit_day: Option<Stored<u32>>,
    pub(crate) allowed_addresses: Option<Stored<AllowedAddresses>>,
    pub(crate) name: String,
    pub(crate) customer_id: Option<Stored<CustomerId>>,
    pub(crate) metadata: Option<Stored<Metadata>>,
}

impl IndexRow {
    /// The key with the endpoints that it was granted. The pattern has no `..`, so that a column that is not used does not
    /// compile.
    pub(crate) fn into_key(self, granted: Vec<String>) -> Result<IndexKey> {
        let Self {
            key_id: Stored(key_id),
            environment_id,
            token_hash,
            token_imported,
            state,
            all_endpoints,
            created_at,
            expires_at,
            profile_id,
            limit_second,
            limit_minute,
            limit_day,
            allowed_addresses,
            name,
            customer_id,
            metadata,
        } = self;
        Ok(IndexKey {
            environment_id: environment_id.0,
            token: HashedToken::from_stored(token_hash, key_id.as_str())?,
            token_imported,
            state: state.0,
            grant: grant_of(all_endpoints, granted),
            created_at: created_at.0,
            expires_at: expires_at.map(|at| at.0),
            profile_id: profile_id.map(|id| id.0),
            limits: Limits {
                second: limit_second.map(|limit| limit.0),
                minute: limit_minute.map(|limit| limit.0),
                day: limit_day.map(|limit| limit.0),
            },
            allowed_addresses: addresses_of(allowed_addresses),
            name,
            customer_id: customer_id.map(|id| id.0),
            metadata: metadata_of(metadata),
            key_id,
        })
    }
}
