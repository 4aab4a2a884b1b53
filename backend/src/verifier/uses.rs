//! Uses of keys, counted in memory until they are stored.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::time::Timestamp;
use model::verify::Code;

use super::catalogue::Catalogue;
use super::index::{Index, Slot};
use super::record::{Of, Record};
use crate::crypto::token::HashedToken;
use crate::usage::hour;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) token: &'a HashedToken,
    pub(super) at: Timestamp,
    pub(super) from: Option<IpAddr>,
    /// The number of its endpoint.
    pub(super) endpoint: Option<u16>,
    pub(super) code: Code,
}

/// What one key was used for since it was last stored. A key that was not used takes 16 bytes.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<Option<Box<Counting>>>);

/// The counts while they are made: small, since there may be one of them for each of a million keys.
#[derive(Debug)]
struct Counting {
    /// The latest accepted request, the latest with the current token, and where the latest came from. The epoch where
    /// there was none.
    last_at: Timestamp,
    token_at: Timestamp,
    from: Option<IpAddr>,
    first: Kind,
    rare: Option<Box<Rare>>,
}

/// What most keys do not have between two flushes.
#[derive(Debug, Default)]
struct Rare {
    /// Requests of another kind than the first: another hour, endpoint or code.
    more: Vec<Kind>,
    /// The latest accepted request with each token from before a rotation.
    old_tokens: Vec<(HashedToken, Timestamp)>,
}

/// Requests of one kind in one hour.
#[derive(Clone, Copy, Debug)]
struct Kind {
    last_at: Timestamp,
    requests: u32,
    endpoint: Option<u16>,
    code: Code,
}

const NEVER: Timestamp = Timestamp(0);

/// What was counted of a key, taken out of memory.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) of: Of,
    pub(crate) environment_id: String,
    pub(crate) tally: Tally,
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The latest accepted request, and where it came from.
    pub(crate) last: Option<(Timestamp, Option<IpAddr>)>,
    /// The latest accepted request with each token.
    pub(crate) tokens: Vec<(HashedToken, Timestamp)>,
    pub(crate) counts: Vec<Count>,
}

/// Requests of one kind in one hour, with the words that are stored.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    /// Unix time in hours.
    pub(crate) hour: i64,
    /// The name of the endpoint; empty where the request belonged to none.
    pub(crate) endpoint: String,
    pub(crate) code: Code,
    pub(crate) requests: u64,
    /// The latest of them.
    pub(crate) last_at: Timestamp,
}

/// The keys that were used since the last time that all was stored.
#[derive(Debug, Default)]
pub(crate) struct Used {
    slots: Mutex<Vec<Slot>>,
    /// Of keys that changed since, and what could not be stored.
    left: Mutex<Vec<Taken>>,
}

impl Used {
    /// Counts a request. Only the first since the last flush allocates and takes the common lock.
    pub(super) fn note(&self, slot: Slot, record: &Record, request: &Use<'_>) {
        let mut uses = lock(&record.uses.0);
        let current = record.token == *request.token;
        if let Some(counting) = &mut *uses {
            counting.add(request, current);
            return;
        }
        *uses = Some(Box::new(Counting::new(request, current)));
        // Never two of these locks at once.
        drop(uses);
        lock(&self.slots).push(slot);
    }

    /// Keeps what a record had counted that is in the index no longer, or could not be stored.
    pub(crate) fn keep(&self, left: impl IntoIterator<Item = Taken>) {
        lock(&self.left).extend(left);
    }

    /// How many keys wait to be stored.
    pub(super) fn len(&self) -> usize {
        let slots = lock(&self.slots).len();
        let left = lock(&self.left).len();
        slots + left
    }

    /// Takes what was counted of about so many keys: one tally a key, also where the key changed between two uses.
    pub(super) fn take(&self, index: &Index, most: usize) -> Vec<Taken> {
        let slots = {
            let mut slots = lock(&self.slots);
            let rest = slots.len().saturating_sub(most);
            slots.split_off(rest)
        };
        let counted = slots
            .into_iter()
            .filter_map(|slot| index.take_uses(index.record(slot)?));
        let left = mem::take(&mut *lock(&self.left));
        merged(left.into_iter().chain(counted))
    }

    /// The same of one key.
    pub(super) fn take_of(&self, index: &Index, id: &str) -> Vec<Taken> {
        let counted = index.by_id(id).and_then(|(_, record)| index.take_uses(record));
        let left: Vec<Taken> = lock(&self.left).extract_if(.., |left| left.id == id).collect();
        merged(left.into_iter().chain(counted))
    }
}

fn merged(all: impl Iterator<Item = Taken>) -> Vec<Taken> {
    let mut merged: HashMap<String, Taken> = HashMap::new();
    for taken in all {
        match merged.get_mut(&taken.id) {
            Some(known) => known.tally.merge(taken.tally),
            None => {
                merged.insert(taken.id.clone(), taken);
            }
        }
    }
    merged.into_values().collect()
}

impl Uses {
    /// Takes what was counted, with names for numbers; the current token is `token`.
    pub(super) fn take(&self, token: &HashedToken, catalogue: &Catalogue) -> Option<Tally> {
        let counting = *lock(&self.0).take()?;
        let rare = counting.rare.map(|rare| *rare).unwrap_or_default();
        let count = |kind: Kind| Count {
            hour: hour(kind.last_at),
            endpoint: catalogue.name(kind.endpoint).to_owned(),
            code: kind.code,
            requests: u64::from(kind.requests),
            last_at: kind.last_at,
        };
        let mut tokens = rare.old_tokens;
        if counting.token_at != NEVER {
            tokens.push((*token, counting.token_at));
        }
        Some(Tally {
            last: (counting.last_at != NEVER).then_some((counting.last_at, counting.from)),
            tokens,
            counts: [counting.first].into_iter().chain(rare.more).map(count).collect(),
        })
    }
}

impl Counting {
    fn new(request: &Use<'_>, current: bool) -> Self {
        let mut counting = Self {
            last_at: NEVER,
            token_at: NEVER,
            from: None,
            first: Kind::of(request),
            rare: None,
        };
        counting.note_token(request, current);
        counting
    }

    fn add(&mut self, request: &Use<'_>, current: bool) {
        self.note_token(request, current);
        let kind = Kind::of(request);
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

    /// Notes when an accepted request came, and with which token.
    fn note_token(&mut self, request: &Use<'_>, current: bool) {
        if request.code != Code::Valid {
            return;
        }
        self.last_at = request.at;
        self.from = request.from;
        if current {
            self.token_at = request.at;
            return;
        }
        let old_tokens = &mut self.rare.get_or_insert_default().old_tokens;
        match old_tokens.iter_mut().find(|(token, _)| token == request.token) {
            Some((_, at)) => *at = request.at,
            None => old_tokens.push((*request.token, request.at)),
        }
    }
}

impl Kind {
    fn of(request: &Use<'_>) -> Self {
        Self {
            last_at: request.at,
            requests: 1,
            endpoint: request.endpoint,
            code: request.code,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        hour(self.last_at) == hour(other.last_at) && self.code == other.code && self.endpoint == other.endpoint
    }
}

impl Tally {
    /// Adds what was counted apart from it.
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
