//! The verifier: decides from memory alone whether a key may call an endpoint.

mod answers;
mod catalogue;
mod changes;
mod check;
mod customers;
mod decision;
mod explain;
mod index;
mod limit;
mod limit_exchange;
mod record;
mod refusals;
mod share;
mod uses;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::id::KeyId;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::crypto::token::TokenHasher;
pub use answers::{AnswerCounts, AnswerResult, LATENCY_BOUNDS, Route, RouteTotals};
pub(crate) use customers::LoadedCustomer;
pub use decision::{CustomerFacts, Decision, KeyFacts, Origin, Target};
pub(crate) use explain::Question;
pub(crate) use index::Index;
pub use limit::{RateLimitState, WindowState};
use limit_exchange::LimitExchange;
pub(crate) use limit_exchange::LimitReport;
pub(crate) use record::{KeyKind, LoadedKey, OldToken};
use refusals::Refusals;
pub(crate) use share::{Counted, PeerNumber, Peers};
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

    /// Notes that the last uses of these keys are reported.
    pub(crate) fn note_reported<'a>(&self, ids: impl Iterator<Item = &'a KeyId>) {
        self.unflushed.forget_deleted(ids);
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
