//! Uses of keys, counted in memory until they are stored.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use model::endpoint::Endpoint;
use model::time::Timestamp;
use model::verify::Code;

use super::Known;
use crate::crypto::token::HashedToken;
use crate::usage::hour;

/// What one key was used for since it was last stored.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<Option<Box<Tally>>>);

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The latest accepted request, and where it came from.
    pub(crate) last: Option<(Timestamp, Option<IpAddr>)>,
    /// The latest accepted request with each token.
    pub(crate) tokens: Vec<(HashedToken, Timestamp)>,
    pub(crate) counts: Vec<Count>,
}

/// Requests of one kind in one hour.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    /// Unix time in hours.
    pub(crate) hour: i64,
    pub(crate) endpoint: Option<Arc<Endpoint>>,
    pub(crate) code: Code,
    pub(crate) requests: u64,
    /// The latest of them.
    pub(crate) last_at: Timestamp,
}

/// The keys that were used since the last time that all was stored.
#[derive(Debug, Default)]
pub(crate) struct Used(Mutex<Vec<Arc<Known>>>);

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) token: &'a HashedToken,
    pub(super) at: Timestamp,
    pub(super) from: Option<IpAddr>,
    pub(super) endpoint: Option<&'a Arc<Endpoint>>,
    pub(super) code: Code,
}

impl Used {
    /// Counts a request. Only the first since the last flush allocates and takes the common lock.
    pub(super) fn note(&self, key: &Arc<Known>, request: Use<'_>) {
        let mut uses = lock(&key.uses.0);
        if uses.is_none() {
            lock(&self.0).push(Arc::clone(key));
        }
        uses.get_or_insert_default().add(request);
    }

    /// Takes what was counted: one tally a key, also where the key changed between two uses.
    pub(crate) fn take(&self) -> Vec<(Arc<Known>, Tally)> {
        let used = mem::take(&mut *lock(&self.0));
        let mut taken: HashMap<String, (Arc<Known>, Tally)> = HashMap::with_capacity(used.len());
        for key in used {
            let Some(mut tally) = lock(&key.uses.0).take() else {
                continue;
            };
            if let Some((_, earlier)) = taken.remove(key.id.as_str()) {
                tally.merge(earlier);
            }
            taken.insert(key.id.to_string(), (key, *tally));
        }
        taken.into_values().collect()
    }

    /// Puts back what could not be stored.
    pub(crate) fn put_back(&self, taken: Vec<(Arc<Known>, Tally)>) {
        for (key, tally) in taken {
            let mut uses = lock(&key.uses.0);
            if let Some(newer) = &mut *uses {
                newer.merge(tally);
            } else {
                *uses = Some(Box::new(tally));
                lock(&self.0).push(Arc::clone(&key));
            }
        }
    }
}

impl Tally {
    fn add(&mut self, request: Use<'_>) {
        if request.code == Code::Valid {
            self.last = Some((request.at, request.from));
            match self.tokens.iter_mut().find(|(token, _)| token == request.token) {
                Some((_, at)) => *at = request.at,
                None => self.tokens.push((*request.token, request.at)),
            }
        }
        self.count(&Count {
            hour: hour(request.at),
            endpoint: request.endpoint.cloned(),
            code: request.code,
            requests: 1,
            last_at: request.at,
        });
    }

    fn count(&mut self, more: &Count) {
        match self.counts.iter_mut().find(|known| known.is_like(more)) {
            Some(known) => {
                known.requests += more.requests;
                known.last_at = known.last_at.max(more.last_at);
            }
            None => self.counts.push(more.clone()),
        }
    }

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
        for count in &other.counts {
            self.count(count);
        }
    }
}

impl Count {
    fn is_like(&self, other: &Self) -> bool {
        self.hour == other.hour && self.code == other.code && self.endpoint_name() == other.endpoint_name()
    }

    /// Empty where the request belonged to no endpoint.
    pub(crate) fn endpoint_name(&self) -> &str {
        self.endpoint.as_ref().map_or("", |endpoint| &endpoint.name)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
