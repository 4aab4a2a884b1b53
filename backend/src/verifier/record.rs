//! The record of a key in the index: about 120 bytes, so that a million of them fit into the memory of a small machine.

use std::str;

use compact_str::CompactString;
use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId};
use model::limit::Limits;
use model::status::{State, Status, status};
use model::time::Timestamp;
use serde_json::value::RawValue;

use super::customers::{CustomerNumber, raw};
use super::limit::Buckets;
use super::uses::KeyCounts;
use crate::crypto::token::HashedToken;
use crate::error::{Error, Result};

/// A key as read from the database.
#[derive(Debug)]
pub(crate) struct LoadedKey {
    pub(crate) kind: KeyKind,
    pub(crate) id: KeyId,
    pub(crate) name: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) environment_id: EnvironmentId,
    pub(crate) token: HashedToken,
    pub(crate) old_tokens: Vec<OldToken>,
    pub(crate) state: State,
    pub(crate) created_at: Timestamp,
    pub(crate) grant: Grant,
    pub(crate) profile_id: Option<ProfileId>,
    pub(crate) customer_id: Option<CustomerId>,
    /// A JSON object.
    pub(crate) metadata: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) addresses: AllowedAddresses,
}

/// A token that a rotation has replaced, and that works until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OldToken {
    pub(crate) token: HashedToken,
    pub(crate) ends_at: Timestamp,
    /// Whether another system has issued it, so that it may have any shape.
    pub(crate) imported: bool,
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// An API key.
    Key,
    /// An API key whose token another system has issued, so that the token may have any shape.
    Imported,
    /// An environment key.
    Environment,
}

/// A key in the index. Names, lists of endpoints and bias profiles that many keys share are stored once.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) token: HashedToken,
    /// Names of up to 24 bytes are stored inline, longer ones on the heap.
    pub(super) name: CompactString,
    pub(super) id: ShortId,
    /// `i64::MAX` for never.
    expires_at: Timestamp,
    pub(super) uses: KeyCounts,
    pub(super) extra: Option<Box<Extra>>,
    /// The list of granted endpoints; `None` for all.
    pub(super) grant: Option<GrantNumber>,
    pub(super) environment: u16,
    pub(super) profile: Option<ProfileNumber>,
    pub(super) customer: Option<CustomerNumber>,
    pub(super) kind: KeyKind,
    pub(super) state: State,
}

/// Fields that few keys have.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// The creation time of a key in PROVISIONING, which fails three minutes later.
    created_at: Option<Timestamp>,
    pub(super) old_tokens: Vec<OldToken>,
    pub(super) addresses: AllowedAddresses,
    pub(super) buckets: Option<Buckets>,
    /// JSON.
    pub(super) metadata: Option<Box<RawValue>>,
}

/// The position of a bias profile in the index, from one.
pub(super) type ProfileNumber = std::num::NonZeroU32;

/// The position of a list of endpoints in the index, from one.
pub(super) type GrantNumber = std::num::NonZeroU32;

/// A key ID, which has 14 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ShortId {
    bytes: [u8; 15],
    length: u8,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl Record {
    pub(super) fn new(
        key: &LoadedKey,
        grant: Option<GrantNumber>,
        environment: u16,
        profile: Option<ProfileNumber>,
        customer: Option<CustomerNumber>,
        extra: Option<Box<Extra>>,
    ) -> Result<Self> {
        Ok(Self {
            token: key.token,
            name: CompactString::from(key.name.as_str()),
            id: ShortId::new(&key.id)?,
            expires_at: key.expires_at.unwrap_or(NEVER),
            uses: KeyCounts::default(),
            extra,
            grant,
            environment,
            profile,
            customer,
            kind: key.kind,
            state: key.state,
        })
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        (self.expires_at != NEVER).then_some(self.expires_at)
    }

    /// When the key was created, if it waits for provisioning.
    pub(super) fn provisioning_since(&self) -> Option<Timestamp> {
        self.extra.as_ref().and_then(|extra| extra.created_at)
    }

    /// The status now, computed from times.
    pub(super) fn status(&self, now: Timestamp) -> Status {
        // The creation time matters only for a key in PROVISIONING.
        let created_at = self.provisioning_since().unwrap_or(now);
        status(self.state, created_at, self.expires_at(), now)
    }

    pub(super) fn old_tokens(&self) -> &[OldToken] {
        self.extra.as_ref().map_or(&[], |extra| &extra.old_tokens)
    }

    /// Copies how far another record's limits are used up, if they are equal.
    pub(super) fn copy_limit_state_from(&mut self, former: &Self) {
        let buckets = self.extra.as_mut().and_then(|extra| extra.buckets.as_mut());
        if let (Some(buckets), Some(used)) = (buckets, former.buckets()) {
            buckets.copy_limit_state_from(used);
        }
    }

    pub(super) fn buckets(&self) -> Option<&Buckets> {
        self.extra.as_ref()?.buckets.as_ref()
    }
}

impl Extra {
    /// `None` for a key without any of these fields.
    pub(super) fn of(key: &mut LoadedKey) -> Result<Option<Box<Self>>> {
        let created_at = (key.state == State::Provisioning).then_some(key.created_at);
        let plain =
            key.old_tokens.is_empty() && key.addresses.is_all() && key.limits.is_none() && key.metadata.is_none();
        if plain && created_at.is_none() {
            return Ok(None);
        }
        Ok(Some(Box::new(Self {
            created_at,
            old_tokens: std::mem::take(&mut key.old_tokens),
            addresses: std::mem::take(&mut key.addresses),
            buckets: Buckets::new(key.limits),
            metadata: raw(key.metadata.take())?,
        })))
    }
}

impl ShortId {
    fn new(id: &KeyId) -> Result<Self> {
        let id = id.as_str();
        let mut bytes = [0; 15];
        let place = bytes.get_mut(..id.len()).ok_or_else(|| Error::stored("key ID", id))?;
        place.copy_from_slice(id.as_bytes());
        // The slice above exists only for at most 15 bytes.
        let length = u8::try_from(id.len()).unwrap_or_default();
        Ok(Self { bytes, length })
    }

    pub(super) fn key_id(&self) -> KeyId {
        // It was created from a key ID.
        KeyId::from_stored(self.as_str().to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        // It was created from text.
        str::from_utf8(text).unwrap_or_default()
    }
}

impl std::fmt::Debug for ShortId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_small() {
        // docs/PERFORMANCE.md promises a limit on the memory for a million keys.
        assert!(size_of::<Record>() <= 120, "{} bytes", size_of::<Record>());
    }

    #[test]
    fn an_id_comes_out_as_it_went_in() {
        assert_eq!(
            ShortId::new(&KeyId::from_random("8fQ2nLw0Zz")).unwrap().as_str(),
            "key_8fQ2nLw0Zz"
        );
        assert!(ShortId::new(&KeyId::from_random("8fQ2nLw0Zz12")).is_err());
    }
}
