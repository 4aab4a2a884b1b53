//! Stores the uses that were counted in memory.

use std::collections::{BTreeMap, HashSet};
use std::mem;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::id::{CustomerId, EnvironmentId, KeyId};
use model::verify::Code;
use sea_orm::DatabaseTransaction;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::store::column::Stored;
use crate::store::database::begin;
use crate::store::entities::{customer_usage, usage_hour, usage_total};
use crate::store::time_limit::{WRITE_LIMIT, within};
use crate::store::usage::{add_customer_usage, add_hours, add_totals};
use crate::usage::Usage;
use crate::usage::{hour, last_use, retention};
use crate::verifier::{DrainedCounts, Unflushed, Verifier};

/// How often counts are stored.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);
/// Between two transactions, the flush rests this many times as long as the first one took. With hundreds of thousands
/// of keys in use, storing all of them takes minutes, and no request notices.
const REST_FACTOR: u32 = 19;
/// The longest rest. A transaction may have taken long only because it waited for other writers.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// How long a list waits for other writers in order to show the latest counts.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);
/// Number of keys whose uses are stored in one transaction. Other writers wait some ten milliseconds for it.
const KEYS_PER_FLUSH: usize = 1_000;
/// How long the flush at shutdown pauses after a failure.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// A screen that shows many keys waits until all uses are stored, but only where at most this many keys have any.
const MAX_KEYS_TO_WAIT_FOR: usize = 5_000;

/// Why counts were not stored in time.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    #[error("there was not enough time")]
    Late,
    /// The last try failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Counts that were taken out of memory. Where this is dropped before they were stored (the database failed, or the
/// request was dropped), they go back to memory.
struct Pending<'a> {
    verifier: &'a Verifier,
    uses: Vec<DrainedCounts>,
    /// Requests with unknown tokens, by endpoint.
    unknown: Vec<(String, u64)>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.verifier.put_back_uses(mem::take(&mut self.uses));
        self.verifier.put_back_unknown(mem::take(&mut self.unknown));
    }
}

impl Pending<'_> {
    fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.unknown.is_empty()
    }
}

impl Usage {
    /// Stores the counts again and again. Runs for as long as the server does.
    pub async fn flush_regularly(&self) {
        loop {
            tokio::time::sleep(FLUSH_INTERVAL).await;
            // One round stores no more than what waits now, since requests keep coming.
            let round = self.store.clock.elapsed();
            let mut left = self.verifier.uses_waiting();
            loop {
                let began = self.store.clock.elapsed();
                let stored = self.flush_some().await;
                left = left.saturating_sub(KEYS_PER_FLUSH);
                if left == 0 || stored.is_err() {
                    if stored.is_ok() {
                        self.stored_until.store(round, Ordering::Relaxed);
                    }
                    noted(stored);
                    break;
                }
                let took = u64::try_from(self.store.clock.elapsed() - began).unwrap_or_default();
                let rest = Duration::from_millis(took) * REST_FACTOR;
                tokio::time::sleep(rest.min(LONGEST_REST)).await;
            }
        }
    }

    /// Stores all counts. This is not a mutation, so it has no event and no change number.
    pub async fn flush(&self) -> Result<()> {
        let round = self.store.clock.elapsed();
        let mut left = self.verifier.uses_waiting();
        loop {
            self.flush_some().await?;
            left = left.saturating_sub(KEYS_PER_FLUSH);
            if left == 0 {
                self.stored_until.store(round, Ordering::Relaxed);
                return Ok(());
            }
        }
    }

    /// Stores all counts until `deadline`, at shutdown. A failure is tried again until then.
    ///
    /// # Errors
    /// Why some counts are not stored.
    pub async fn flush_until(&self, deadline: Instant) -> Result<(), NotStored> {
        let mut why = NotStored::Late;
        let stored = timeout_at(deadline, async {
            while let Err(error) = self.flush().await {
                why = NotStored::Failed(error);
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        })
        .await;
        stored.map_err(|_| why)
    }

    /// What is not stored. Looks at every key with counts.
    pub fn count_unflushed(&self) -> Unflushed {
        self.verifier.count_unflushed()
    }

    /// The approximate number of keys with counts that are not stored yet.
    pub fn unflushed_keys(&self) -> usize {
        self.verifier.uses_waiting()
    }

    /// How long the oldest counts wait to be stored, at most, in milliseconds.
    pub fn unflushed_age(&self) -> i64 {
        if self.verifier.uses_waiting() == 0 {
            return 0;
        }
        (self.store.clock.elapsed() - self.stored_until.load(Ordering::Relaxed)).max(0)
    }

    /// Stores the counts of the keys that have waited longest.
    async fn flush_some(&self) -> Result<()> {
        let stored = self.flush_taken(|verifier| Pending {
            verifier,
            uses: verifier.take_uses(KEYS_PER_FLUSH),
            unknown: verifier.take_unknown(),
        });
        within(WRITE_LIMIT, stored).await.map(drop)
    }

    /// Stores the counts of these keys alone, however many others are in use. Answers whether there were any.
    pub(crate) async fn flush_of(&self, ids: &[&KeyId]) -> Result<bool> {
        let stored = self.flush_taken(|verifier| Pending {
            verifier,
            uses: verifier.take_uses_of(ids),
            unknown: Vec::new(),
        });
        stored.await
    }

    /// Stores all counts before many keys are read, unless very many keys wait. Then the answer is as old as the last
    /// regular flush.
    pub(crate) async fn flush_if_few(&self) -> Result<()> {
        if self.verifier.uses_waiting() > MAX_KEYS_TO_WAIT_FOR {
            return Ok(());
        }
        self.flush().await
    }

    /// Stores the counts of these keys before an action that goes on even if this fails. A failure goes to the server's
    /// log.
    pub(crate) async fn try_flush_of(&self, ids: &[&KeyId]) {
        noted(self.flush_of(ids).await.map(drop));
    }

    /// Stores the counts of the keys in a list. Waits for other writers only where there is something to store, and at
    /// most [`FLUSH_TIMEOUT`]. Answers whether anything was stored.
    pub(crate) async fn flush_of_rows(&self, ids: &[&KeyId]) -> bool {
        if !self.verifier.any_uses_of(ids) {
            return false;
        }
        match tokio::time::timeout(FLUSH_TIMEOUT, self.flush_of(ids)).await {
            Ok(Ok(any)) => any,
            Ok(Err(error)) => {
                noted(Err(error));
                false
            }
            Err(_) => false,
        }
    }

    /// Stores the waiting counts before reading a list whose order or filter depends on them. Waits at most
    /// [`FLUSH_TIMEOUT`].
    pub(crate) async fn flush_for_order(&self) {
        if self.verifier.uses_waiting() == 0 {
            return;
        }
        if let Ok(stored) = tokio::time::timeout(FLUSH_TIMEOUT, self.flush_if_few()).await {
            noted(stored);
        }
    }

    /// Takes counts out of memory and stores them. Answers whether there was anything to store.
    async fn flush_taken<'a>(&'a self, take: impl FnOnce(&'a Verifier) -> Pending<'a>) -> Result<bool> {
        // The counts are taken under the lock. Otherwise, of two flushes at once, one could store the earlier counts
        // later.
        let _turn = self.store.turn().await?;
        let mut pending = take(&self.verifier);
        if pending.is_empty() {
            return Ok(false);
        }
        let (transaction, present) = self.store_uses(&pending.uses, &pending.unknown).await?;
        // A commit that has begun is carried out even if this future is dropped. Counts that went back to memory would
        // then be counted twice.
        let stored = (mem::take(&mut pending.uses), mem::take(&mut pending.unknown));
        if let Err(error) = transaction.commit().await {
            (pending.uses, pending.unknown) = stored;
            return Err(error.into());
        }
        let (with_key, without): (Vec<&KeyId>, Vec<&KeyId>) = stored
            .0
            .iter()
            .map(|counts| &counts.id)
            .partition(|id| present.contains(*id));
        self.verifier
            .note_stored_uses(with_key.into_iter(), without.into_iter());
        Ok(true)
    }

    /// Stores counts in a transaction, which the caller has to commit. Also answers which of the keys still exist.
    async fn store_uses(
        &self,
        taken: &[DrainedCounts],
        unknown: &[(String, u64)],
    ) -> Result<(DatabaseTransaction, HashSet<KeyId>)> {
        let transaction = begin(&self.store.writer).await?;
        store_totals(&transaction, taken, unknown, hour(self.store.now())).await?;
        store_hours(&transaction, taken).await?;
        store_customers(&transaction, taken).await?;
        retention::sum_up_again(&transaction, taken, self.store.now()).await?;
        let present = last_use::store(&transaction, taken).await?;
        Ok((transaction, present))
    }
}

fn noted(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "cannot store how keys were used; the next try includes it");
    }
}

/// Stores the totals by environment. Requests with unknown tokens belong to no environment, and count for the hour in
/// which they are stored.
async fn store_totals(
    transaction: &DatabaseTransaction,
    taken: &[DrainedCounts],
    unknown: &[(String, u64)],
    this_hour: i64,
) -> Result<()> {
    let mut totals: BTreeMap<(Option<&EnvironmentId>, i64, &str, Code), i64> = BTreeMap::new();
    for key in taken {
        for count in &key.tally.counts {
            *totals
                .entry((Some(&key.environment_id), count.hour, &count.endpoint, count.code))
                .or_default() += stored(count.requests);
        }
    }
    for (endpoint, requests) in unknown {
        totals.insert((None, this_hour, endpoint, Code::NotFound), stored(*requests));
    }
    let rows: Vec<_> = totals
        .into_iter()
        .map(
            |((environment_id, hour, endpoint_name, code), count)| usage_total::Model {
                environment_id: Stored(environment_id.cloned()),
                hour,
                endpoint_name: endpoint_name.to_owned(),
                code: Stored(code),
                count,
            },
        )
        .collect();
    add_totals(transaction, rows).await
}

async fn store_hours(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<()> {
    let rows: Vec<_> = taken
        .iter()
        .flat_map(|key| {
            key.tally.counts.iter().map(|count| usage_hour::Model {
                hour: count.hour,
                key_id: Stored(key.id.clone()),
                endpoint_name: count.endpoint.clone(),
                code: Stored(count.code),
                count: stored(count.requests),
            })
        })
        .collect();
    add_hours(transaction, rows).await
}

/// Stores the requests of customers.
async fn store_customers(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<()> {
    let mut sums: BTreeMap<(&CustomerId, i64, &EnvironmentId, &str, Code), i64> = BTreeMap::new();
    for key in taken {
        let Some(customer) = &key.customer_id else { continue };
        for count in &key.tally.counts {
            *sums
                .entry((customer, count.hour, &key.environment_id, &count.endpoint, count.code))
                .or_default() += stored(count.requests);
        }
    }
    let rows = sums
        .into_iter()
        .map(
            |((customer_id, hour, environment_id, endpoint_name, code), count)| customer_usage::Model {
                customer_id: customer_id.into(),
                hour,
                environment_id: environment_id.into(),
                endpoint_name: endpoint_name.to_owned(),
                code: Stored(code),
                count,
            },
        );
    add_customer_usage(transaction, rows.collect()).await
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
