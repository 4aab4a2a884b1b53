//! The verifier: decides from memory alone whether a key may call an endpoint.

mod answers;
mod catalogue;
mod check;
mod customers;
mod explain;
mod index;
mod limit;
mod limit_exchange;
mod record;
mod refusals;
mod share;
mod uses;

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::endpoint::Endpoint;
use model::explain::{Check, Unmatched};
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId};
use model::path;
use model::status::State;
use model::time::Timestamp;
use model::token;
use model::verify::{Code, ProfileInForce};
use serde_json::value::RawValue;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::crypto::token::TokenHasher;
pub use answers::{AnswerCounts, AnswerResult, LATENCY_BOUNDS, Route, RouteTotals};
use check::{CheckContext, LimitUse};
use customers::Customer;
pub(crate) use customers::LoadedCustomer;
pub(crate) use explain::Question;
pub(crate) use index::Index;
use index::Slot;
pub use limit::{RateLimitState, WindowState};
pub(crate) use limit_exchange::LimitReport;
use limit_exchange::{Asked, LimitExchange};
use record::Record;
pub(crate) use record::{KeyKind, LoadedKey, OldToken};
use refusals::{NewRefusal, Refusals};
pub(crate) use share::{Counted, PeerNumber, Peers};
use uses::CountedRequest;
pub use uses::Unflushed;
pub(crate) use uses::{DrainedCounts, UnflushedKeys, hour};

/// The index, and everything else that a decision needs.
///
/// Readers share a `std::sync::RwLock`. A change holds it for about a microsecond, and the lock takes about 20 ns of a
/// decision (docs/PERFORMANCE.md).
#[derive(Debug)]
pub struct Verifier {
    index: RwLock<Index>,
    /// The last change in the index; `None` before it was loaded. Locked while changes are applied, so that they come in order.
    applying: Mutex<Option<i64>>,
    unflushed: UnflushedKeys,
    refusals: Refusals,
    /// The answers to gateways, for the metrics.
    answers: AnswerCounts,
    limits: LimitExchange,
    tokens: TokenHasher,
    /// Until when the index has tokens that other systems have issued, in Unix milliseconds; `NEVER` where it has none. It is
    /// read before the index, so that nobody holds the index while a token is hashed.
    imported_until: AtomicI64,
    clock: Arc<dyn Clock>,
    /// When the database last answered, on [`Clock::elapsed`]; `NEVER` before the index was loaded.
    answered_at: AtomicI64,
    /// The stale limit, in milliseconds.
    stale_limit: i64,
}

const NEVER: i64 = i64::MIN;
/// This node is stopping.
const STOPPED: i64 = i64::MIN + 1;

/// Why there is no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("The keys are not loaded yet.")]
    Loading,
    #[error("This node has not heard from its database for too long to answer from memory.")]
    Stale,
    #[error("This node is stopping.")]
    Stopped,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An endpoint by its name.
    Endpoint(&'a str),
    /// A method and the path as it was sent, with its query.
    Request { method: &'a str, path: &'a str },
    /// An ambiguous request. It is allowed to no key.
    Ambiguous(Unmatched),
}

/// What this node knows of a key after it has applied a change of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppliedKey {
    /// Whether the key waits for provisioning.
    pub(crate) waiting: bool,
    /// When this node last said VALID for the key before the change, as far as the database may not know it.
    pub(crate) last_valid: Option<Timestamp>,
}

/// The origin of a request, as far as a decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address, which allowed addresses restrict; `None` if it is unknown.
    pub client: Option<IpAddr>,
    /// The address that is recorded: the client's, or else the caller's.
    pub noted: Option<IpAddr>,
}

/// The decision about a request. It borrows from the index, so an answer has to be made of it quickly.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub code: Code,
    /// `None` when the token is unknown.
    pub key: Option<KeyFacts<'a>>,
    /// The name of the requested endpoint, if it exists.
    pub endpoint: Option<&'a str>,
    /// Why the request was not looked up in the catalogue.
    pub unmatched: Option<Unmatched>,
    /// How far the key's limits are used up, if it has limits and they were checked.
    pub limits: Option<RateLimitState>,
}

/// The facts about a key for an answer.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// The name of its environment.
    pub environment: &'a str,
    pub expires_at: Option<Timestamp>,
    /// The present version of its bias profile.
    pub profile: Option<&'a ProfileInForce>,
    pub customer: Option<CustomerFacts<'a>>,
    pub metadata: Option<&'a RawValue>,
}

/// The facts about a customer for an answer.
#[derive(Clone, Copy, Debug)]
pub struct CustomerFacts<'a> {
    pub id: &'a str,
    pub external_id: &'a str,
    pub name: &'a str,
    pub metadata: Option<&'a RawValue>,
}

impl<'a> CustomerFacts<'a> {
    fn of(customer: &'a Customer) -> Self {
        Self {
            id: customer.id.as_str(),
            external_id: &customer.external_id,
            name: &customer.name,
            metadata: customer.metadata.as_deref(),
        }
    }
}

impl Origin {
    /// A request with this client, or with an unknown one.
    pub const fn client(address: Option<IpAddr>) -> Self {
        Self {
            client: address,
            noted: address,
        }
    }
}

impl Verifier {
    pub(crate) fn new(clock: Arc<dyn Clock>, stale_limit: i64, tokens: TokenHasher) -> Self {
        Self {
            answered_at: AtomicI64::new(NEVER),
            stale_limit,
            index: RwLock::default(),
            applying: Mutex::new(None),
            unflushed: UnflushedKeys::default(),
            refusals: Refusals::default(),
            answers: AnswerCounts::default(),
            limits: LimitExchange::default(),
            tokens,
            imported_until: AtomicI64::new(NEVER),
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
        // Each clock is read once. Limits use the clock that nobody can set, end dates use the system clock.
        let (elapsed, now) = (self.clock.elapsed(), self.clock.now());
        self.ready_at(elapsed)?;
        let token = token.trim();
        let hashed = self.may_be_known(token, now).then(|| self.tokens.hash(token));
        let index = self.read();
        let (endpoint, unmatched) = match target {
            Target::Endpoint(name) => (index.catalogue.endpoint_by_name(name), None),
            Target::Ambiguous(why) => (None, Some(why)),
            Target::Request { method, path } => match path::unambiguous(path) {
                Ok(path) => (index.catalogue.endpoint_of_request(method, path), None),
                Err(why) => (None, Some(Unmatched::Path(why))),
            },
        };
        let found = hashed.as_ref().and_then(|token| Some((token, index.find(token, now)?)));
        let Some((hashed, (slot, record))) = found else {
            index.catalogue.count_unknown(endpoint);
            return Ok(answer(&Decision {
                code: Code::NotFound,
                key: None,
                endpoint: endpoint.map(|endpoint| endpoint.name()),
                unmatched,
                limits: None,
            }));
        };
        let context = CheckContext {
            index: &index,
            record,
            now,
            elapsed,
            endpoint,
            client: from.client,
            nodes: self.limits.nodes(),
        };
        let (code, limits) = check::decide(&context, &Check::ALL, LimitUse::Count);
        if let Some(limits) = &limits {
            self.note_limits(limits, slot, record);
        }
        if code != Code::Valid && record.kind != KeyKind::Environment {
            let refused = NewRefusal {
                at: now,
                code,
                token,
                target,
                from,
                endpoint,
                unmatched,
                limits,
            };
            self.refusals.note(record, &refused);
        }
        let request = CountedRequest {
            token: hashed,
            at: now,
            from: from.noted,
            endpoint: endpoint.map(|endpoint| endpoint.number()),
            code,
        };
        self.unflushed.note(slot, record, &request);
        Ok(answer(&Decision {
            code,
            key: Some(index.facts(record)),
            endpoint: endpoint.map(|endpoint| endpoint.name()),
            unmatched,
            limits,
        }))
    }

    /// Whether a text has to be looked up: it has the form of our tokens, or other systems have issued some of the tokens here.
    fn may_be_known(&self, token: &str, now: Timestamp) -> bool {
        token::check(token).is_ok()
            || (now.0 < self.imported_until.load(Ordering::Acquire) && token::may_be_imported(token))
    }

    /// Notes whether an index has tokens of other systems. The caller holds the index.
    fn note_imported(&self, index: &Index) {
        let until = index.imported_until().map_or(NEVER, |until| until.0);
        self.imported_until.store(until, Ordering::Release);
    }

    /// Notes what has to be reported to the other nodes after a request.
    fn note_limits(&self, limits: &RateLimitState, slot: Slot, record: &Record) {
        if limits.is_first {
            self.limits.note(Asked::Key(slot));
        }
        if let Some(customer) = record.customer.filter(|_| limits.is_first_of_customer) {
            self.limits.note(Asked::Customer(customer));
        }
    }

    /// The counts of the answers to gateways. Whoever answers a gateway counts the answer here.
    pub const fn answers(&self) -> &AnswerCounts {
        &self.answers
    }

    /// The number of keys in the index, with environment keys.
    pub fn keys(&self) -> usize {
        self.read().len()
    }

    /// Milliseconds since the database last answered; `None` before the index was loaded.
    pub fn database_silence(&self) -> Option<i64> {
        match self.answered_at.load(Ordering::Acquire) {
            NEVER | STOPPED => None,
            answered_at => Some((self.clock.elapsed() - answered_at).max(0)),
        }
    }

    /// How long this node answers from memory while the database does not answer, in milliseconds.
    pub const fn stale_limit(&self) -> i64 {
        self.stale_limit
    }

    /// Whether this node may answer.
    pub fn ready(&self) -> Result<(), Unavailable> {
        self.ready_at(self.clock.elapsed())
    }

    fn ready_at(&self, elapsed: i64) -> Result<(), Unavailable> {
        match self.answered_at.load(Ordering::Acquire) {
            NEVER => Err(Unavailable::Loading),
            STOPPED => Err(Unavailable::Stopped),
            answered_at if elapsed - answered_at > self.stale_limit => Err(Unavailable::Stale),
            _ => Ok(()),
        }
    }

    /// Notes that the database has answered a query that was sent at `asked_at` on [`Clock::elapsed`], and that all changes in
    /// its answer are in the index.
    pub(crate) fn note_database_answer(&self, asked_at: i64) {
        let noted = |before| (before != STOPPED).then_some(asked_at);
        // It fails after `stop`, which is final.
        let _ = self
            .answered_at
            .fetch_update(Ordering::Release, Ordering::Relaxed, noted);
    }

    /// From now on the verifier answers nothing more.
    pub(crate) fn stop(&self) {
        self.answered_at.store(STOPPED, Ordering::Release);
    }

    /// The verifier answers nothing until the database has answered again.
    pub(crate) fn unload(&self) {
        self.note_database_answer(NEVER);
    }

    pub(crate) async fn applying(&self) -> MutexGuard<'_, Option<i64>> {
        self.applying.lock().await
    }

    pub(crate) async fn applied(&self) -> Option<i64> {
        *self.applying.lock().await
    }

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

    /// Notes that the last uses of these keys are reported.
    pub(crate) fn note_reported<'a>(&self, ids: impl Iterator<Item = &'a KeyId>) {
        self.unflushed.forget_deleted(ids);
    }

    /// Whether a key is deleted or disabled here, and when this node last said VALID for it, as far as the database may not know it.
    pub(crate) fn last_valid(&self, id: &KeyId) -> (bool, Option<Timestamp>) {
        let index = self.read();
        let refuses = index
            .by_id(id)
            .is_none_or(|(_, record)| record.state == State::Inactive);
        (refuses, self.unflushed.last_valid(id, None))
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

    /// How many keys have counts that are not stored, and how many requests these counts are. Looks at every such key.
    pub(crate) fn count_unflushed(&self) -> Unflushed {
        self.unflushed.count(&self.read())
    }

    /// The approximate number of keys with counts that are not stored yet.
    pub(crate) fn uses_waiting(&self) -> usize {
        self.unflushed.len()
    }

    /// Takes the counts of approximately the given number of keys out of memory, to be stored.
    pub(crate) fn take_uses(&self, most: usize) -> Vec<DrainedCounts> {
        self.unflushed.take(&self.read(), most)
    }

    /// Takes the counts of these keys.
    pub(crate) fn take_uses_of(&self, ids: &[&KeyId]) -> Vec<DrainedCounts> {
        self.unflushed.take_of(&self.read(), ids)
    }

    /// Whether one of these keys has counts that are not stored yet.
    pub(crate) fn any_uses_of(&self, ids: &[&KeyId]) -> bool {
        self.unflushed.any_of(&self.read(), ids)
    }

    /// Puts back counts that could not be stored.
    pub(crate) fn put_back_uses(&self, taken: Vec<DrainedCounts>) {
        let _index = self.read();
        self.put_back(taken);
    }

    /// As [`Verifier::put_back_uses`]. The caller holds the index, so that no change of a key misses its last use in between.
    fn put_back(&self, taken: Vec<DrainedCounts>) {
        let ids: Vec<KeyId> = taken.iter().map(|key| key.id.clone()).collect();
        self.unflushed.keep(taken);
        self.unflushed.end_flight(ids.iter());
    }

    /// Notes that counts were stored: those of the keys `stored` with their keys. The keys `gone` had been deleted. Where this node has
    /// not applied the deletion yet, it still has to report when it last said VALID.
    pub(crate) fn note_stored_uses<'a>(
        &self,
        stored: impl Iterator<Item = &'a KeyId>,
        gone: impl Iterator<Item = &'a KeyId>,
    ) {
        let index = self.read();
        self.unflushed
            .end_flight(stored.chain(gone.filter(|id| index.by_id(id).is_none())));
    }

    /// Takes the counts of unknown tokens, by the name of the requested endpoint; empty for none.
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

#[cfg(test)]
mod tests;
