//! Storing what was counted in memory.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use model::verify::Code;
use sea_orm::DatabaseTransaction;

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::{usage_hour, usage_total};
use crate::store::sqlite::begin;
use crate::store::usage::{add_hours, add_totals};
use crate::usage::Usage;
use crate::usage::{hour, last_use, retention};
use crate::verifier::{DrainedCounts, Verifier};

/// How often what was counted is stored.
const FLUSH: Duration = Duration::from_secs(5);
/// Between two transactions it rests so many times as long as the first took. With hundreds of thousands of keys in use
/// storing all of them then takes minutes, and no request notices.
const REST: u32 = 19;
/// But no longer than this: other writers may have kept it waiting.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// How long a list waits for other writers, to have what was counted a moment ago.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);
/// Keys whose uses are stored in one transaction: other writers wait for it some ten milliseconds.
const KEYS: usize = 1_000;
/// A screen that shows many keys waits until the uses of so many keys are stored, not of more.
const WAITED_FOR: usize = 5_000;

/// What was taken out of memory. Dropped before it was stored (the database failed, or whoever asked went away), it goes
/// back there.
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
    /// Stores what was counted again and again. Runs for as long as the server does.
    pub async fn flush_regularly(&self) {
        loop {
            tokio::time::sleep(FLUSH).await;
            // No more than there is now: requests go on coming.
            let mut left = self.verifier.uses_waiting();
            loop {
                let began = self.store.clock.elapsed();
                let stored = self.flush_some().await;
                left = left.saturating_sub(KEYS);
                if left == 0 || stored.is_err() {
                    noted(stored);
                    break;
                }
                let took = u64::try_from(self.store.clock.elapsed() - began).unwrap_or_default();
                let rest = Duration::from_millis(took) * REST;
                tokio::time::sleep(rest.min(LONGEST_REST)).await;
            }
        }
    }

    /// Stores what was counted until now. Not a mutation of a key: no audit event, no change number.
    pub async fn flush(&self) -> Result<()> {
        let mut left = self.verifier.uses_waiting();
        loop {
            self.flush_some().await?;
            left = left.saturating_sub(KEYS);
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Stores what was counted of the keys that wait longest.
    async fn flush_some(&self) -> Result<()> {
        let stored = self.flush_taken(|verifier| Pending {
            verifier,
            uses: verifier.take_uses(KEYS),
            unknown: verifier.take_unknown(),
        });
        stored.await.map(drop)
    }

    /// Stores what was counted of these keys, however many others are in use. Tells whether there was anything.
    pub(crate) async fn flush_of(&self, ids: &[&str]) -> Result<bool> {
        let stored = self.flush_taken(|verifier| Pending {
            verifier,
            uses: verifier.take_uses_of(ids),
            unknown: Vec::new(),
        });
        stored.await
    }

    /// The same before many keys are read, unless very many wait: what is read then is as old as the last regular flush.
    pub(crate) async fn flush_if_few(&self) -> Result<()> {
        if self.verifier.uses_waiting() > WAITED_FOR {
            return Ok(());
        }
        self.flush().await
    }

    /// The same before something that must not depend on it.
    pub(crate) async fn try_flush_of(&self, ids: &[&str]) {
        noted(self.flush_of(ids).await.map(drop));
    }

    /// The same for the rows of a list, which waits for other writers only where there is something to store, and not for
    /// long. Tells whether anything was stored.
    pub(crate) async fn flush_of_rows(&self, ids: &[&str]) -> bool {
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

    /// What is waiting, before a list is put in an order, or narrowed, that depends on it.
    pub(crate) async fn flush_for_order(&self) {
        if self.verifier.uses_waiting() == 0 {
            return;
        }
        if let Ok(stored) = tokio::time::timeout(FLUSH_TIMEOUT, self.flush_if_few()).await {
            noted(stored);
        }
    }

    /// Tells whether there was anything to store.
    async fn flush_taken<'a>(&'a self, take: impl FnOnce(&'a Verifier) -> Pending<'a>) -> Result<bool> {
        // Under the lock: two flushes at once would store the earlier counts later.
        let _turn = self.store.writers.lock().await;
        let mut pending = take(&self.verifier);
        if pending.is_empty() {
            return Ok(false);
        }
        let transaction = self.store_uses(&pending.uses, &pending.unknown).await?;
        // A commit that was begun is carried out, whoever waits for it: what goes back now would be counted twice.
        let stored = (mem::take(&mut pending.uses), mem::take(&mut pending.unknown));
        if let Err(error) = transaction.commit().await {
            (pending.uses, pending.unknown) = stored;
            return Err(error.into());
        }
        Ok(true)
    }

    /// Stores them in a transaction that is still to be committed.
    async fn store_uses(&self, taken: &[DrainedCounts], unknown: &[(String, u64)]) -> Result<DatabaseTransaction> {
        let transaction = begin(&self.store.writer).await?;
        store_totals(&transaction, taken, unknown, hour(self.store.now())).await?;
        store_hours(&transaction, taken).await?;
        retention::sum_up_again(&transaction, taken, self.store.now()).await?;
        last_use::store(&transaction, taken).await?;
        Ok(transaction)
    }
}

fn noted(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "cannot store how keys were used; the next try includes it");
    }
}

/// By environment; requests with unknown tokens belong to none, and are counted in the hour in which they are stored.
async fn store_totals(
    transaction: &DatabaseTransaction,
    taken: &[DrainedCounts],
    unknown: &[(String, u64)],
    this_hour: i64,
) -> Result<()> {
    let mut totals: BTreeMap<(&str, i64, &str, Code), i64> = BTreeMap::new();
    for key in taken {
        for count in &key.tally.counts {
            *totals
                .entry((&key.environment_id, count.hour, &count.endpoint, count.code))
                .or_default() += stored(count.requests);
        }
    }
    for (endpoint, requests) in unknown {
        totals.insert(("", this_hour, endpoint, Code::NotFound), stored(*requests));
    }
    let rows: Vec<_> = totals
        .into_iter()
        .map(
            |((environment_id, hour, endpoint_name, code), count)| usage_total::Model {
                environment_id: environment_id.to_owned(),
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
                key_id: key.id.clone(),
                endpoint_name: count.endpoint.clone(),
                code: Stored(count.code),
                count: stored(count.requests),
            })
        })
        .collect();
    add_hours(transaction, rows).await
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
