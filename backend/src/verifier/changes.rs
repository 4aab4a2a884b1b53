//! Brings changes into the index: of keys, customers, environments, endpoints and bias profiles.

use std::sync::atomic::Ordering;

use model::endpoint::Endpoint;
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId};
use model::status::State;
use model::time::Timestamp;
use model::verify::ProfileInForce;

use super::customers::LoadedCustomer;
use super::index::Index;
use super::record::LoadedKey;
use super::{NEVER, Verifier};

/// What this node knows of a key after it has applied a change of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppliedKey {
    /// Whether the key waits for provisioning.
    pub(crate) waiting: bool,
    /// When this node last said VALID for the key before the change, as far as the database may not know it.
    pub(crate) last_valid: Option<Timestamp>,
}

impl Verifier {
    /// Replaces the index. Returns whether a key waits for provisioning.
    pub(crate) fn load(&self, mut index: Index) -> bool {
        let waiting = index.has_provisioning();
        let mut current = self.write();
        // Counts of the old index are kept.
        let kept = self.unflushed.take(&current, usize::MAX);
        self.put_back(kept);
        self.refusals.forget_unknown(&index);
        index.copy_limit_state_from(&current);
        *current = index;
        self.note_imported(&current);
        waiting
    }

    /// Inserts or replaces a key, or removes it if it was deleted.
    pub(crate) fn apply(&self, id: &KeyId, key: Option<LoadedKey>) -> crate::error::Result<AppliedKey> {
        let gone = key.is_none();
        let mut index = self.write();
        if gone && let Some((_, record)) = index.by_id(id) {
            self.refusals.forget(record.id);
        }
        let applied = index.apply(id, key);
        self.note_imported(&index);
        let (waiting, left) = applied?;
        let last_valid = self.unflushed.last_valid(id, left.as_ref());
        if gone {
            self.unflushed.remember_deleted(id, last_valid);
            self.unflushed.end_flight(std::iter::once(id));
        }
        // Under the lock, so that a flush in between misses no counts.
        self.unflushed.keep(left);
        Ok(AppliedKey { waiting, last_valid })
    }

    /// Sets the name of an environment.
    pub(crate) fn apply_environment(&self, id: &EnvironmentId, name: &str) {
        self.write().apply_environment(id, name);
    }

    /// Sets the catalogue of endpoints.
    pub(crate) fn apply_catalogue(&self, catalogue: &[Endpoint]) {
        self.write().catalogue.replace(catalogue);
    }

    /// Sets the present version of a bias profile, or removes the profile if it was deleted.
    pub(crate) fn apply_profile(&self, id: &ProfileId, profile: Option<ProfileInForce>) {
        self.write().apply_profile(id, profile);
    }

    /// Inserts or replaces a customer.
    pub(crate) fn apply_customer(&self, customer: LoadedCustomer) -> crate::error::Result<()> {
        self.write().customers.set(customer)
    }

    /// Removes a customer that was deleted.
    pub(crate) fn remove_customer(&self, id: &CustomerId) {
        self.write().customers.remove(id);
    }

    /// Removes a key from those that wait for provisioning.
    pub(crate) fn remove_from_provisioning(&self, id: &KeyId) {
        self.write().remove_from_provisioning(id);
    }

    /// IDs of the keys that wait for provisioning, newest first.
    pub(crate) fn provisioning(&self) -> Vec<KeyId> {
        self.read().provisioning()
    }

    /// Whether a key is deleted or disabled here, and when this node last said VALID for it, as far as the database may not know it.
    pub(crate) fn last_valid(&self, id: &KeyId) -> (bool, Option<Timestamp>) {
        let index = self.read();
        let refuses = index
            .by_id(id)
            .is_none_or(|(_, record)| record.state == State::Inactive);
        (refuses, self.unflushed.last_valid(id, None))
    }

    /// Notes whether an index has tokens of other systems. The caller holds the index.
    fn note_imported(&self, index: &Index) {
        let until = index.imported_until().map_or(NEVER, |until| until.0);
        self.imported_until.store(until, Ordering::Release);
    }
}
