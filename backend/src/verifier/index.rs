//! The index in memory: token hash → what a decision needs.

mod imported;
mod numbered;
mod records;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use model::endpoint::{Endpoint, Grant};
use model::id::{EnvironmentId, KeyId, ProfileId};
use model::status::State;
use model::time::Timestamp;
use model::verify::ProfileInForce;

use self::imported::Imported;
use self::numbered::{Grants, Profiles};
pub(crate) use self::records::Slot;
use self::records::{Records, token_hash};
use super::catalogue::Catalogue;
use super::customers::{Customer, Customers, LoadedCustomer};
use super::record::{Extra, LoadedKey, OldToken, Record};
use super::uses::DrainedCounts;
use super::{CustomerFacts, KeyFacts};
use crate::crypto::token::HashedToken;
use crate::error::{Error, Result};

/// The keys, and what belongs to them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    records: Records,
    /// Current tokens.
    by_token: HashTable<Slot>,
    /// The few old tokens, and when each ends.
    old_tokens: HashMap<HashedToken, (Slot, Timestamp)>,
    by_id: HashTable<Slot>,
    imported: Imported,
    hasher: RandomState,
    provisioning: HashMap<KeyId, Timestamp>,
    pub(super) catalogue: Catalogue,
    /// Names of environments, and their IDs beside them.
    environments: Vec<Environment>,
    profiles: Profiles,
    pub(super) customers: Customers,
    grants: Grants,
}

/// The customer of a key is not in the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotLoaded;

#[derive(Debug)]
struct Environment {
    id: EnvironmentId,
    name: String,
}

impl Index {
    pub(crate) fn new(
        catalogue: &[Endpoint],
        profiles: Vec<ProfileInForce>,
        customers: Vec<LoadedCustomer>,
        environments: impl IntoIterator<Item = (EnvironmentId, String)>,
    ) -> Result<Self> {
        let mut index = Self::default();
        index.catalogue.replace(catalogue);
        for profile in profiles {
            let id = profile.id.clone();
            index.apply_profile(&id, Some(profile));
        }
        for customer in customers {
            index.customers.set(customer)?;
        }
        for (id, name) in environments {
            index.apply_environment(&id, &name);
        }
        Ok(index)
    }

    /// The key of a token, unless it is an old one that has ended.
    pub(super) fn find(&self, token: &HashedToken, now: Timestamp) -> Option<(Slot, &Record)> {
        let current = self.by_token.find(token_hash(token), |slot| {
            self.records.get(*slot).is_some_and(|record| record.token == *token)
        });
        let slot = if let Some(slot) = current {
            *slot
        } else {
            let (slot, ends_at) = self.old_tokens.get(token)?;
            if now >= *ends_at {
                return None;
            }
            *slot
        };
        Some((slot, self.records.get(slot)?))
    }

    /// A key by its ID.
    pub(super) fn by_id(&self, id: &KeyId) -> Option<(Slot, &Record)> {
        let slot = self.slot(id.as_str())?;
        Some((slot, self.records.get(slot)?))
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Until when this index has tokens that other systems have issued; `None` where it has none.
    pub(super) fn imported_until(&self) -> Option<Timestamp> {
        self.imported.until()
    }

    fn slot(&self, id: &str) -> Option<Slot> {
        self.by_id
            .find(self.hasher.hash_one(id), |slot| self.has_id(*slot, id))
            .copied()
    }

    pub(super) fn record(&self, slot: Slot) -> Option<&Record> {
        self.records.get(slot)
    }

    /// The facts about a key for an answer.
    pub(super) fn facts<'a>(&'a self, record: &'a Record) -> KeyFacts<'a> {
        KeyFacts {
            id: record.id.as_str(),
            name: &record.name,
            environment: self.environment(record).map_or("", |it| &it.name),
            expires_at: record.expires_at(),
            profile: record.profile.and_then(|number| self.profiles.get(number)),
            customer: self.customer(record).ok().flatten().map(CustomerFacts::of),
            metadata: record.extra.as_ref().and_then(|extra| extra.metadata.as_deref()),
        }
    }

    /// The customer of a key, if it belongs to one.
    ///
    /// # Errors
    /// The customer is not loaded. That is never so, since a key is applied with its customer.
    pub(super) fn customer(&self, record: &Record) -> Result<Option<&Customer>, NotLoaded> {
        match record.customer {
            None => Ok(None),
            Some(number) => self.customers.get(number).map(Some).ok_or(NotLoaded),
        }
    }

    fn environment(&self, record: &Record) -> Option<&Environment> {
        self.environments.get(usize::from(record.environment))
    }

    pub(super) fn apply_environment(&mut self, id: &EnvironmentId, name: &str) {
        let name = name.to_owned();
        match self.environments.iter_mut().find(|known| known.id == *id) {
            Some(known) => known.name = name,
            None => self.environments.push(Environment { id: id.clone(), name }),
        }
    }

    /// Reserves room for the given number of further keys, since a table that grows has to move all its entries.
    pub(crate) fn reserve(&mut self, keys: usize) {
        let Self {
            records,
            by_token,
            by_id,
            hasher,
            ..
        } = self;
        by_token.reserve(keys, |slot| records.token_hash(*slot));
        by_id.reserve(keys, |slot| records.id_hash(*slot, hasher));
    }

    /// Inserts a key that is not in the index yet, when all are loaded.
    pub(crate) fn add(&mut self, key: LoadedKey) -> Result<()> {
        let record = self.new_record(key)?;
        self.insert(record)
    }

    /// Inserts or replaces a key, or removes it if it was deleted. Returns whether it waits for provisioning, and what
    /// its record had counted until now.
    pub(crate) fn apply(&mut self, id: &KeyId, key: Option<LoadedKey>) -> Result<(bool, Option<DrainedCounts>)> {
        let record = key.map(|key| self.new_record(key)).transpose()?;
        let former = self.remove(id);
        let left = former.as_ref().and_then(|former| self.take_uses(former));
        self.provisioning.remove(id);
        let Some(mut record) = record else {
            return Ok((false, left));
        };
        if let Some(former) = &former {
            record.copy_limit_state_from(former);
        }
        let waiting = record.state == State::Provisioning;
        self.insert(record)?;
        Ok((waiting, left))
    }

    /// Copies how far limits are used up.
    pub(super) fn copy_limit_state_from(&mut self, former: &Self) {
        self.customers.copy_limit_state_from(&former.customers);
        for used in former.records.all().filter(|record| record.buckets().is_some()) {
            let slot = self.slot(used.id.as_str());
            if let Some(record) = slot.and_then(|slot| self.records.get_mut(slot)) {
                record.copy_limit_state_from(used);
            }
        }
    }

    fn new_record(&mut self, mut key: LoadedKey) -> Result<Record> {
        let grant = match &key.grant {
            Grant::All => None,
            Grant::Only(names) => {
                let numbers = names.iter().filter_map(|name| self.catalogue.number(name));
                Some(self.grants.number(numbers.collect())?)
            }
        };
        let environment = self
            .environments
            .iter()
            .position(|known| known.id == key.environment_id)
            .and_then(|at| u16::try_from(at).ok())
            .ok_or_else(|| Error::stored("environment of key", key.id.as_str()))?;
        let profile = match &key.profile_id {
            Some(id) => Some(self.profiles.number(id)?),
            None => None,
        };
        let customer = match &key.customer_id {
            Some(id) => Some(self.customers.number(id)?),
            None => None,
        };
        let extra = Extra::of(&mut key)?;
        Record::new(&key, grant, environment, profile, customer, extra)
    }

    /// Whether a key has a grant for an endpoint.
    pub(super) fn covers(&self, record: &Record, endpoint: u16) -> bool {
        record.grant.is_none_or(|number| self.grants.covers(number, endpoint))
    }

    fn insert(&mut self, record: Record) -> Result<()> {
        let (token, id) = (record.token, record.id);
        if let Some(created_at) = record.provisioning_since() {
            self.provisioning.insert(id.key_id(), created_at);
        }
        let old: Vec<OldToken> = record.old_tokens().to_vec();
        let kind = record.kind;
        let slot = self.records.add(record)?;
        self.imported.add(kind, &old);
        for OldToken { token, ends_at, .. } in old {
            self.old_tokens.insert(token, (slot, ends_at));
        }
        let Self {
            records,
            by_token,
            by_id,
            hasher,
            ..
        } = self;
        by_token.insert_unique(token_hash(&token), slot, |slot| records.token_hash(*slot));
        by_id.insert_unique(hasher.hash_one(id.as_str()), slot, |slot| {
            records.id_hash(*slot, hasher)
        });
        Ok(())
    }

    fn remove(&mut self, id: &KeyId) -> Option<Record> {
        let slot = self.slot(id.as_str())?;
        let records = &self.records;
        if let Ok(entry) = self
            .by_id
            .find_entry(self.hasher.hash_one(id.as_str()), |other| *other == slot)
        {
            entry.remove();
        }
        let token = records.get(slot)?.token;
        if let Ok(entry) = self.by_token.find_entry(token_hash(&token), |other| *other == slot) {
            entry.remove();
        }
        let record = self.records.take(slot)?;
        self.imported.remove(record.kind, record.old_tokens());
        for old in record.old_tokens() {
            self.old_tokens.remove(&old.token);
        }
        Some(record)
    }

    fn has_id(&self, slot: Slot, id: &str) -> bool {
        self.records.get(slot).is_some_and(|record| record.id.as_str() == id)
    }

    /// Takes the counts of a record.
    pub(super) fn take_uses(&self, record: &Record) -> Option<DrainedCounts> {
        let environment = self.environment(record)?;
        let tally = record.uses.take(&record.token, &self.catalogue)?;
        Some(DrainedCounts {
            id: record.id.key_id(),
            kind: record.kind,
            environment_id: environment.id.clone(),
            customer_id: self.customer(record).ok().flatten().map(|customer| customer.id.clone()),
            tally,
        })
    }

    /// Sets the present version of a bias profile, or removes the profile if it was deleted.
    pub(super) fn apply_profile(&mut self, id: &ProfileId, profile: Option<ProfileInForce>) {
        self.profiles.set(id, profile);
    }

    pub(super) fn has_provisioning(&self) -> bool {
        !self.provisioning.is_empty()
    }

    /// The keys that wait for provisioning, newest first.
    pub(super) fn provisioning(&self) -> Vec<KeyId> {
        let mut waiting: Vec<(&KeyId, &Timestamp)> = self.provisioning.iter().collect();
        waiting.sort_unstable_by_key(|(id, created_at)| (Reverse(**created_at), *id));
        waiting.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Removes a key from those that wait for provisioning, because it will never leave PROVISIONING.
    pub(super) fn remove_from_provisioning(&mut self, id: &KeyId) {
        self.provisioning.remove(id);
    }
}
