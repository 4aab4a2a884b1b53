//! What the index in memory needs of a key.

use model::address::AllowedAddresses;
use model::id::{EnvironmentId, KeyId, ProfileId};
use model::limit::Limits;
use model::status::State;
use model::time::Timestamp;

use crate::crypto::token::HashedToken;

/// A key as it is stored, without its grants.
#[derive(Debug)]
pub(crate) struct IndexKey {
    pub(crate) key_id: KeyId,
    pub(crate) environment_id: EnvironmentId,
    pub(crate) token: HashedToken,
    pub(crate) state: State,
    pub(crate) all_endpoints: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) profile_id: Option<ProfileId>,
    pub(crate) limits: Limits,
    pub(crate) allowed_addresses: AllowedAddresses,
    pub(crate) name: String,
}

/// The size of the table of keys. Its places are numbers that go from 1 up to `last`, in the order in which the keys are
/// stored: rows on SQLite, pages on PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexSize {
    pub(crate) last: i64,
    /// How many places are read at a time: about 2,000 keys.
    pub(crate) step: i64,
    /// The number of keys. It may be a little off.
    pub(crate) keys: usize,
}
