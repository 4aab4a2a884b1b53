//! The data plane: whether a key may call an endpoint, decided from memory alone.

mod catalogue;
mod check;
mod explain;
mod index;
mod limit;
mod record;
mod uses;

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::endpoint::Endpoint;
use model::explain::{Check, Unmatched};
use model::path;
use model::time::Timestamp;
use model::token;
use model::verify::{Code, ProfileInForce};
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::crypto::token::HashedToken;
use check::{About, Taking};
pub(crate) use explain::Asked;
pub(crate) use index::Index;
pub use limit::{Standing, WindowStanding};
pub(crate) use record::{Known, Of};
use uses::Use;
pub(crate) use uses::{Taken, Used};

/// The index, and what a decision needs beside it.
///
/// Readers share a `std::sync::RwLock`: a change holds it for about a microsecond, and the lock is some 20 ns of a
/// decision (docs/PERFORMANCE.md).
#[derive(Debug)]
pub struct Verifier {
    index: RwLock<Index>,
    /// The last change in the index, `None` before it was loaded. Held while changes are applied: they come in order.
    applying: Mutex<Option<i64>>,
    used: Used,
    clock: Arc<dyn Clock>,
    /// When the database last answered, on [`Clock::elapsed`]; `NEVER` before the index was loaded.
    heard_at: AtomicI64,
    /// How long memory alone may answer after that, in milliseconds.
    stale_limit: i64,
}

const NEVER: i64 = i64::MIN;

/// Why there is no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("The keys are not loaded yet.")]
    Loading,
    #[error("This node has not heard from its database for too long to answer from memory.")]
    Stale,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An endpoint by its name.
    Endpoint(&'a str),
    /// A method and the path as it was sent, query and all.
    Request { method: &'a str, path: &'a str },
    /// A request that nobody can be sure of. Allowed to no key.
    Ambiguous(Unmatched),
}

/// Who asks, as far as a decision is about it.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address, which allowed addresses are about; `None` where nobody knows it.
    pub client: Option<IpAddr>,
    /// Where the request is said to come from: the client, or whoever asked for it.
    pub noted: Option<IpAddr>,
}

/// The answer to "may this key call this?". It borrows from the index: whoever makes an answer out of it is quick.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub code: Code,
    /// `None` when the token is unknown.
    pub key: Option<KeyFacts<'a>>,
    /// The name of the endpoint that was asked for, as far as it is one.
    pub endpoint: Option<&'a str>,
    /// Why the request was not even looked up in the catalogue.
    pub unmatched: Option<Unmatched>,
    /// How far the key's limits are used up, where it has any and came so far.
    pub limits: Option<Standing>,
}

/// What an answer tells about a key.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// The name of its environment.
    pub environment: &'a str,
    pub expires_at: Option<Timestamp>,
    /// Its bias profile, in the version in force.
    pub profile: Option<&'a ProfileInForce>,
}

impl Origin {
    /// A request whose client is known, or nobody's.
    pub const fn client(address: Option<IpAddr>) -> Self {
        Self {
            client: address,
            noted: address,
        }
    }
}

impl Verifier {
    pub(crate) fn new(clock: Arc<dyn Clock>, stale_limit: i64) -> Self {
        Self {
            heard_at: AtomicI64::new(NEVER),
            stale_limit,
            index: RwLock::default(),
            applying: Mutex::new(None),
            used: Used::default(),
            clock,
        }
    }

    /// Decides, counts the request, and makes an answer of the decision. White space around the token is not a part of it.
    pub fn decide<A>(
        &self,
        token: &str,
        target: Target<'_>,
        from: Origin,
        answer: impl FnOnce(&Decision<'_>) -> A,
    ) -> Result<A, Unavailable> {
        // One look at each clock: limits go by the one that nobody sets, end dates by the other.
        let (elapsed, now) = (self.clock.elapsed(), self.clock.now());
        self.ready_at(elapsed)?;
        let token = token.trim();
        let hashed = token::check(token).ok().map(|_| HashedToken::of(token));
        let index = self.read();
        let (endpoint, unmatched) = match target {
            Target::Endpoint(name) => (index.catalogue.named(name), None),
            Target::Ambiguous(why) => (None, Some(why)),
            Target::Request { method, path } => match path::unambiguous(path) {
                Ok(path) => (index.catalogue.of(method, path), None),
                Err(why) => (None, Some(Unmatched::Path(why))),
            },
        };
        let found = hashed.as_ref().and_then(|token| Some((token, index.find(token, now)?)));
        let Some((token, (slot, record))) = found else {
            index.catalogue.count_unknown(endpoint);
            return Ok(answer(&Decision {
                code: Code::NotFound,
                key: None,
                endpoint: endpoint.map(|endpoint| endpoint.name()),
                unmatched,
                limits: None,
            }));
        };
        let about = About {
            index: &index,
            record,
            now,
            elapsed,
            endpoint,
            client: from.client,
        };
        let (code, limits) = check::decide(&about, &Check::ALL, Taking::Yes);
        let request = Use {
            token,
            at: now,
            from: from.noted,
            endpoint: endpoint.map(|endpoint| endpoint.number()),
            code,
        };
        self.used.note(slot, record, &request);
        Ok(answer(&Decision {
            code,
            key: Some(index.facts(record)),
            endpoint: endpoint.map(|endpoint| endpoint.name()),
            unmatched,
            limits,
        }))
    }

    /// Whether this node may answer.
    pub fn ready(&self) -> Result<(), Unavailable> {
        self.ready_at(self.clock.elapsed())
    }

    fn ready_at(&self, elapsed: i64) -> Result<(), Unavailable> {
        match self.heard_at.load(Ordering::Acquire) {
            NEVER => Err(Unavailable::Loading),
            heard if elapsed - heard > self.stale_limit => Err(Unavailable::Stale),
            _ => Ok(()),
        }
    }

    /// The database has just answered what was asked at this point of [`Clock::elapsed`], and everything that it had to
    /// say is in the index.
    pub(crate) fn heard(&self, asked_at: i64) {
        self.heard_at.store(asked_at, Ordering::Release);
    }

    pub(crate) async fn applying(&self) -> MutexGuard<'_, Option<i64>> {
        self.applying.lock().await
    }

    pub(crate) async fn applied(&self) -> Option<i64> {
        *self.applying.lock().await
    }

    /// Replaces the index. Tells whether a key waits for provisioning.
    pub(crate) fn load(&self, mut index: Index) -> bool {
        let waiting = index.has_provisioning();
        let mut current = self.write();
        // Whatever was counted until now stays so.
        self.used.keep(self.used.take(&current, usize::MAX));
        index.go_on_from(&current);
        *current = index;
        waiting
    }

    /// Puts a key in, or takes it out when it is gone. Tells whether it waits for provisioning.
    pub(crate) fn apply(&self, id: &str, key: Option<Known>) -> crate::error::Result<bool> {
        let mut index = self.write();
        let (waiting, left) = index.apply(id, key)?;
        // Under the lock: between it and the next flush nothing may be missing.
        self.used.keep(left);
        Ok(waiting)
    }

    /// Puts the name of an environment in force.
    pub(crate) fn apply_environment(&self, id: &str, name: &str) {
        self.write().apply_environment(id, name);
    }

    /// Puts the catalogue of endpoints in force.
    pub(crate) fn apply_catalogue(&self, catalogue: &[Endpoint]) {
        self.write().catalogue.replace(catalogue);
    }

    /// Puts a profile's version in force, or takes the profile out when it is gone.
    pub(crate) fn apply_profile(&self, id: &str, profile: Option<ProfileInForce>) {
        self.write().apply_profile(id, profile);
    }

    /// Nobody needs to look at this key any more.
    pub(crate) fn gave_up(&self, id: &str) {
        self.write().gave_up(id);
    }

    /// IDs of the keys that wait for provisioning.
    pub(crate) fn provisioning(&self) -> Vec<String> {
        self.read().provisioning()
    }

    /// Of about how many keys something was counted that is not stored yet.
    pub(crate) fn uses_waiting(&self) -> usize {
        self.used.len()
    }

    /// Takes what was counted of about so many keys out of memory, to be stored.
    pub(crate) fn take_uses(&self, most: usize) -> Vec<Taken> {
        self.used.take(&self.read(), most)
    }

    /// The same of these keys.
    pub(crate) fn take_uses_of(&self, ids: &[&str]) -> Vec<Taken> {
        self.used.take_of(&self.read(), ids)
    }

    /// Whether something was counted of one of these keys that is not stored yet.
    pub(crate) fn any_uses_of(&self, ids: &[&str]) -> bool {
        self.used.any_of(&self.read(), ids)
    }

    /// Puts back what could not be stored.
    pub(crate) fn put_back_uses(&self, taken: Vec<Taken>) {
        self.used.keep(taken);
    }

    /// Takes how often unknown tokens came, by the name of the endpoint that was asked for; empty for none.
    pub(crate) fn take_unknown(&self) -> Vec<(String, u64)> {
        self.read().catalogue.take_unknown()
    }

    pub(crate) fn put_back_unknown(&self, counts: Vec<(String, u64)>) {
        self.read().catalogue.put_back_unknown(counts);
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}
