//! Uses of keys, counted in memory until they are stored.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::id::{CustomerId, EnvironmentId, KeyId};
use model::time::{HOUR, Timestamp};
use model::verify::Code;

use super::catalogue::Catalogue;
use super::index::{Index, Slot};
use super::record::{KeyKind, Record};
use crate::crypto::token::HashedToken;

/// The hour of a point in time: Unix time in hours.
pub(crate) const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedRequest<'a> {
    pub(super) token: &'a HashedToken,
    pub(super) at: Timestamp,
    pub(super) from: Option<IpAddr>,
    /// The number of its endpoint.
    pub(super) endpoint: Option<u16>,
    pub(super) code: Code,
}

/// The uses of one key since they were last stored. Without uses it takes 16 bytes.
#[derive(Debug, Default)]
pub(super) struct KeyCounts(Mutex<Option<Box<UseCounts>>>);

/// The counts in memory: 40 bytes, since there may be one for each of a million keys.
#[derive(Debug)]
struct UseCounts {
    first: HourCount,
    /// The address of the latest allowed request, if it is an IPv4 address.
    from: Option<Ipv4Addr>,
    /// Whether the latest allowed request had the current token.
    current: bool,
    rare: Option<Box<RareCounts>>,
}

const _: () = assert!(size_of::<UseCounts>() <= 40, "the allocator would take 64 bytes for it");

/// Counts that most keys do not have between two flushes.
#[derive(Debug, Default)]
struct RareCounts {
    /// Requests that differ from the first in hour, endpoint or code.
    more: Vec<HourCount>,
    /// The address of the latest allowed request.
    from: Option<Ipv6Addr>,
    /// The latest allowed request with each token. The current token is included once another token was used after it.
    tokens: Vec<(HashedToken, Timestamp)>,
}

/// Requests of one endpoint and code in one hour.
#[derive(Clone, Copy, Debug)]
struct HourCount {
    /// Unix time in hours.
    hour: i32,
    /// The latest request, in milliseconds after the hour began.
    last_at: u32,
    requests: u32,
    endpoint: Option<u16>,
    code: Code,
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

impl UnflushedKeys {
    /// Counts a request. Only the first since the last flush allocates and takes the shared lock.
    pub(super) fn note(&self, slot: Slot, record: &Record, request: &CountedRequest<'_>) {
        let mut uses = lock(&record.uses.0);
        if let Some(counts) = &mut *uses {
            counts.add(request, record);
            return;
        }
        *uses = Some(Box::new(UseCounts::new(request, record)));
        // Never holds two of these locks at once.
        drop(uses);
        lock(&self.slots).push_back(slot);
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

impl KeyCounts {
    fn any(&self) -> bool {
        lock(&self.0).is_some()
    }

    /// The number of requests; `None` where there are no counts.
    fn requests(&self) -> Option<u64> {
        let counts = lock(&self.0);
        let counts = counts.as_ref()?;
        let more = counts.rare.iter().flat_map(|rare| &rare.more);
        Some(
            [&counts.first]
                .into_iter()
                .chain(more)
                .map(|count| u64::from(count.requests))
                .sum(),
        )
    }

    /// Takes the counts, with names in place of numbers. `token` is the current token.
    pub(super) fn take(&self, token: &HashedToken, catalogue: &Catalogue) -> Option<Tally> {
        let counts = *lock(&self.0).take()?;
        let last = counts.last_allowed();
        let rare = counts.rare.map(|rare| *rare).unwrap_or_default();
        let from = counts.from.map(IpAddr::V4).or(rare.from.map(IpAddr::V6));
        let mut tokens = rare.tokens;
        if let Some(at) = last.filter(|_| counts.current) {
            note_token(&mut tokens, token, at);
        }
        let count = |kind: HourCount| Count {
            hour: i64::from(kind.hour),
            endpoint: catalogue.name(kind.endpoint).to_owned(),
            code: kind.code,
            requests: u64::from(kind.requests),
            last_at: kind.last_at(),
        };
        Some(Tally {
            last: last.map(|at| (at, from)),
            tokens,
            counts: [counts.first].into_iter().chain(rare.more).map(count).collect(),
        })
    }
}

impl UseCounts {
    fn new(request: &CountedRequest<'_>, record: &Record) -> Self {
        let mut counts = Self {
            first: HourCount::of(request),
            from: None,
            current: false,
            rare: None,
        };
        if request.code == Code::Valid {
            counts.record_allowed(request, record);
        }
        counts
    }

    fn add(&mut self, request: &CountedRequest<'_>, record: &Record) {
        // This comes first: the counts must not have this request as the latest one yet.
        if request.code == Code::Valid {
            self.record_allowed(request, record);
        }
        let kind = HourCount::of(request);
        let more = self.rare.iter_mut().flat_map(|rare| &mut rare.more);
        let known = [&mut self.first]
            .into_iter()
            .chain(more)
            .find(|known| known.is_like(&kind));
        if let Some(known) = known {
            known.requests = known.requests.saturating_add(1);
            known.last_at = kind.last_at;
            return;
        }
        self.rare.get_or_insert_default().more.push(kind);
    }

    /// Records address and token of an allowed request.
    fn record_allowed(&mut self, request: &CountedRequest<'_>, record: &Record) {
        match request.from.map(|from| from.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                self.from = None;
                self.rare.get_or_insert_default().from = Some(address);
            }
            other => {
                self.from = other.and_then(|address| match address {
                    IpAddr::V4(address) => Some(address),
                    IpAddr::V6(_) => None,
                });
                if let Some(rare) = &mut self.rare {
                    rare.from = None;
                }
            }
        }
        let current = record.token == *request.token;
        if !current {
            let before = self.last_allowed().filter(|_| self.current);
            let tokens = &mut self.rare.get_or_insert_default().tokens;
            if let Some(at) = before {
                note_token(tokens, &record.token, at);
            }
            note_token(tokens, request.token, request.at);
        }
        self.current = current;
    }

    fn last_allowed(&self) -> Option<Timestamp> {
        let more = self.rare.iter().flat_map(|rare| &rare.more);
        [&self.first]
            .into_iter()
            .chain(more)
            .filter(|kind| kind.code == Code::Valid)
            .map(HourCount::last_at)
            .max()
    }
}

fn note_token(tokens: &mut Vec<(HashedToken, Timestamp)>, token: &HashedToken, at: Timestamp) {
    match tokens.iter_mut().find(|(known, _)| known == token) {
        Some((_, latest)) => *latest = at,
        None => tokens.push((*token, at)),
    }
}

impl HourCount {
    fn of(request: &CountedRequest<'_>) -> Self {
        Self {
            hour: i32::try_from(hour(request.at)).unwrap_or_default(),
            last_at: u32::try_from(request.at.0.rem_euclid(HOUR)).unwrap_or_default(),
            requests: 1,
            endpoint: request.endpoint,
            code: request.code,
        }
    }

    fn last_at(&self) -> Timestamp {
        Timestamp(i64::from(self.hour) * HOUR + i64::from(self.last_at))
    }

    fn is_like(&self, other: &Self) -> bool {
        self.hour == other.hour && self.code == other.code && self.endpoint == other.endpoint
    }
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
