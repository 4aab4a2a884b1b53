//! Uses of keys, counted in memory until they are stored.

mod key_counts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::id::{CustomerId, EnvironmentId, KeyId};
use model::time::{HOUR, Timestamp};
use model::verify::Code;

pub(super) use self::key_counts::{CountedRequest, KeyCounts};
use super::index::{Index, Slot};
use super::record::{KeyKind, Record};
use crate::crypto::token::HashedToken;

/// Keys that are sorted at a time. Neighbouring keys are on the same pages of the database, so that storing a thousand of
/// them changes only a third of the pages.
const SORTED_AT_ONCE: usize = 100_000;

/// Counts that are not stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unflushed {
    pub keys: u64,
    pub requests: u64,
}

/// The keys with counts that are not stored yet.
#[derive(Debug, Default)]
pub(crate) struct UnflushedKeys {
    /// The longest waiting first.
    slots: Mutex<VecDeque<Slot>>,
    /// The keys to be stored next, by descending key ID.
    next: Mutex<Vec<Slot>>,
    /// The counts of keys that have changed since, and counts that could not be stored.
    left: Mutex<Vec<DrainedCounts>>,
    /// When keys were last VALID by counts that were taken to be stored and are not yet seen in the database.
    in_flight: Mutex<HashMap<KeyId, Timestamp>>,
    /// When deleted keys were last VALID, until that is reported.
    deleted: Mutex<HashMap<KeyId, Timestamp>>,
}

/// The counts of a key, taken out of memory.
#[derive(Debug)]
pub(crate) struct DrainedCounts {
    pub(crate) id: KeyId,
    pub(crate) kind: KeyKind,
    pub(crate) environment_id: EnvironmentId,
    /// The customer of the key, if it belongs to one.
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) tally: Tally,
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The latest allowed request, and its address.
    pub(crate) last: Option<(Timestamp, Option<IpAddr>)>,
    /// The latest allowed request with each token.
    pub(crate) tokens: Vec<(HashedToken, Timestamp)>,
    pub(crate) counts: Vec<Count>,
}

/// Requests of one endpoint and code in one hour, with the names that are stored.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    /// Unix time in hours.
    pub(crate) hour: i64,
    /// The name of the endpoint; empty if the request belonged to none.
    pub(crate) endpoint: String,
    pub(crate) code: Code,
    pub(crate) requests: u64,
    /// The latest request.
    pub(crate) last_at: Timestamp,
}

impl UnflushedKeys {
    /// Counts a request. Only the first since the last flush allocates and takes the shared lock.
    pub(super) fn note(&self, slot: Slot, record: &Record, request: &CountedRequest<'_>) {
        // The lock of the key is free again, so two of these locks are never held at once.
        if record.uses.note(request, record) {
            lock(&self.slots).push_back(slot);
        }
    }

    /// Keeps the counts of a record that has left the index, or that could not be stored.
    pub(crate) fn keep(&self, left: impl IntoIterator<Item = DrainedCounts>) {
        lock(&self.left).extend(left);
    }

    /// The approximate number of keys that wait to be stored. One that was stored individually meanwhile still counts.
    pub(super) fn len(&self) -> usize {
        let slots = lock(&self.slots).len();
        let next = lock(&self.next).len();
        let left = lock(&self.left).len();
        slots + next + left
    }

    /// Looks at every key that waits, and counts those that have counts.
    pub(super) fn count(&self, index: &Index) -> Unflushed {
        let mut slots: Vec<Slot> = lock(&self.slots).iter().copied().collect();
        slots.extend(lock(&self.next).iter());
        // A key that was stored individually and then used again is there twice.
        slots.sort_unstable();
        slots.dedup();
        let left = lock(&self.left);
        let requests = slots
            .into_iter()
            .filter_map(|slot| index.record(slot)?.uses.requests())
            .chain(
                left.iter()
                    .map(|left| left.tally.counts.iter().map(|count| count.requests).sum()),
            );
        requests.fold(Unflushed::default(), |sum, requests| Unflushed {
            keys: sum.keys + 1,
            requests: sum.requests + requests,
        })
    }

    /// Takes the counts of approximately the given number of keys: first the remaining ones, then those that wait
    /// longest. One tally per key, also where the key changed between two uses.
    pub(super) fn take(&self, index: &Index, most: usize) -> Vec<DrainedCounts> {
        let left = {
            let mut left = lock(&self.left);
            let rest = left.len().saturating_sub(most);
            left.split_off(rest)
        };
        let mut counted = Vec::new();
        while counted.len() + left.len() < most {
            let slots = self.next(index, most - left.len() - counted.len());
            if slots.is_empty() {
                break;
            }
            let uses = slots
                .into_iter()
                .filter_map(|slot| index.take_uses(index.record(slot)?));
            counted.extend(uses);
        }
        self.note_in_flight(merge_by_key(left.into_iter().chain(counted)))
    }

    /// Remembers when keys were last VALID by counts that leave the memory. The caller holds the index, so that a change of a key
    /// finds its last use either in its record or here.
    fn note_in_flight(&self, taken: Vec<DrainedCounts>) -> Vec<DrainedCounts> {
        let mut in_flight = lock(&self.in_flight);
        for key in &taken {
            if let Some((at, _)) = key.tally.last.filter(|_| key.kind != KeyKind::Environment) {
                let latest = in_flight.entry(key.id.clone()).or_insert(at);
                *latest = at.max(*latest);
            }
        }
        taken
    }

    /// Forgets counts that are no longer on their way: they were stored with their keys, or are back in memory.
    pub(super) fn end_flight<'a>(&self, ids: impl Iterator<Item = &'a KeyId>) {
        let mut in_flight = lock(&self.in_flight);
        for id in ids {
            in_flight.remove(id);
        }
    }

    /// Remembers when a key was last VALID that has just left the index for good. Its counts may be stored, without the key, before
    /// that is reported.
    pub(super) fn remember_deleted(&self, id: &KeyId, last_valid: Option<Timestamp>) {
        if let Some(at) = last_valid {
            lock(&self.deleted).insert(id.clone(), at);
        }
    }

    /// Forgets deleted keys that were reported.
    pub(super) fn forget_deleted<'a>(&self, ids: impl Iterator<Item = &'a KeyId>) {
        let mut deleted = lock(&self.deleted);
        for id in ids {
            deleted.remove(id);
        }
    }

    /// When this node last said VALID for a key whose record has just left the index with the counts `left`, as far as the
    /// database may not know it.
    pub(super) fn last_valid(&self, id: &KeyId, left: Option<&DrainedCounts>) -> Option<Timestamp> {
        let of = |counts: &DrainedCounts| counts.tally.last.map(|(at, _)| at);
        let waiting = lock(&self.left)
            .iter()
            .filter(|left| left.id == *id)
            .filter_map(of)
            .max();
        let in_flight = lock(&self.in_flight).get(id).copied();
        let deleted = lock(&self.deleted).get(id).copied();
        [left.and_then(of), waiting, in_flight, deleted]
            .into_iter()
            .flatten()
            .max()
    }

    /// The next keys in their order.
    fn next(&self, index: &Index, most: usize) -> Vec<Slot> {
        let mut next = lock(&self.next);
        if next.is_empty() {
            let slots: Vec<Slot> = {
                let mut slots = lock(&self.slots);
                let some = slots.len().min(SORTED_AT_ONCE);
                slots.drain(..some).collect()
            };
            // Requests do not wait for this sort, since the shared lock is free again.
            *next = sort_by_id(index, slots);
        }
        let rest = next.len().saturating_sub(most);
        next.split_off(rest)
    }

    /// Whether one of these keys has counts that are not stored.
    pub(super) fn any_of(&self, index: &Index, ids: &[&KeyId]) -> bool {
        let counted = |id: &&KeyId| index.by_id(id).is_some_and(|(_, record)| record.uses.any());
        ids.iter().any(counted) || lock(&self.left).iter().any(|left| ids.contains(&&left.id))
    }

    /// Takes the counts of these keys.
    pub(super) fn take_of(&self, index: &Index, ids: &[&KeyId]) -> Vec<DrainedCounts> {
        let left: Vec<DrainedCounts> = lock(&self.left)
            .extract_if(.., |left| ids.contains(&&left.id))
            .collect();
        let counted = ids.iter().filter_map(|id| index.take_uses(index.by_id(id)?.1));
        self.note_in_flight(merge_by_key(left.into_iter().chain(counted)))
    }
}

/// The hour of a point in time: Unix time in hours.
pub(crate) const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// Sorts by descending key ID. Comparing the first characters is enough.
///
/// Takes about ten milliseconds for [`SORTED_AT_ONCE`] keys, during which a change of a key waits for the index.
fn sort_by_id(index: &Index, slots: Vec<Slot>) -> Vec<Slot> {
    let first_letters = |slot: Slot| {
        let (_, random) = index.record(slot)?.id.as_str().split_once('_')?;
        random.as_bytes().first_chunk().copied().map(u64::from_be_bytes)
    };
    let mut slots: Vec<_> = slots
        .into_iter()
        .map(|slot| (Reverse(first_letters(slot).unwrap_or_default()), slot))
        .collect();
    slots.sort_unstable();
    slots.into_iter().map(|(_, slot)| slot).collect()
}

fn merge_by_key(all: impl Iterator<Item = DrainedCounts>) -> Vec<DrainedCounts> {
    let mut merge_by_key: BTreeMap<KeyId, DrainedCounts> = BTreeMap::new();
    for taken in all {
        match merge_by_key.get_mut(&taken.id) {
            Some(known) => known.tally.merge(taken.tally),
            None => {
                merge_by_key.insert(taken.id.clone(), taken);
            }
        }
    }
    merge_by_key.into_values().collect()
}

impl Tally {
    /// Adds other counts of the key.
    fn merge(&mut self, other: Self) {
        if other.last.map(|(at, _)| at) > self.last.map(|(at, _)| at) {
            self.last = other.last;
        }
        for (token, at) in other.tokens {
            match self.tokens.iter_mut().find(|(known, _)| *known == token) {
                Some((_, latest)) => *latest = at.max(*latest),
                None => self.tokens.push((token, at)),
            }
        }
        for more in other.counts {
            match self.counts.iter_mut().find(|known| known.is_like(&more)) {
                Some(known) => {
                    known.requests += more.requests;
                    known.last_at = known.last_at.max(more.last_at);
                }
                None => self.counts.push(more),
            }
        }
    }
}

impl Count {
    fn is_like(&self, other: &Self) -> bool {
        self.hour == other.hour && self.code == other.code && self.endpoint == other.endpoint
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
