//! Keeping what was counted: complete days are summed up, and what is too old is taken away.

use std::collections::BTreeSet;
use std::time::Duration;

use model::time::{DAY, HOUR, Timestamp};
use model::usage::KEPT_DAYS;
use sea_orm::ConnectionTrait;

use crate::error::Result;
use crate::store::environments;
use crate::store::usage::{
    Keys, Table, first_hour, key_after, last_summed_day, note_summed_day, remove_before, remove_totals, remove_up_to,
    row_after_batch, sum_up,
};
use crate::usage::Usage;
use crate::verifier::DrainedCounts;

/// How often a server looks whether there is something to do.
const LOOK: Duration = Duration::from_mins(10);
/// How long after its end a day is summed up, so that what was counted late is in it.
const SETTLED: i64 = HOUR;
/// Keys whose hours are summed up at a time.
pub(super) const KEYS: u64 = 1_000;

/// The day of a point in time: Unix time in days.
const fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

impl Usage {
    /// Sums up and takes away whatever is due, now and then again. Runs for as long as the server does.
    pub async fn run_retention(&self) {
        loop {
            if let Err(error) = self.apply_retention().await {
                tracing::error!(%error, "cannot sum up how keys were used; the next try includes it");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sums up and takes away what is due.
    pub async fn apply_retention(&self) -> Result<()> {
        self.forget_old().await?;
        while self.sum_up_next_day().await? {}
        Ok(())
    }

    /// Sums up one complete day, in the order of days. Tells whether there was one. A part of the keys at a time: others
    /// who write wait for no more than that. What each part adds up to is the same however often it is stored, so several
    /// nodes may do it, and one that was stopped in the middle begins again.
    async fn sum_up_next_day(&self) -> Result<bool> {
        let due = last_due(self.store.now());
        let next = match last_summed_day(&self.store.db).await? {
            Some(last) => last + 1,
            // The first time: from the first hour that there is.
            None => match first_hour(&self.store.db).await? {
                Some(first) => first.div_euclid(24),
                None => return Ok(false),
            },
        };
        if next > due {
            return Ok(false);
        }
        let mut after = String::new();
        loop {
            let until = key_after(&self.store.db, &after, KEYS).await?;
            let _turn = self.store.writers.lock().await;
            let keys = Keys::Between(&after, until.as_deref());
            sum_up(&self.store.writer, next, keys).await?;
            match until {
                Some(until) => after = until,
                None => break,
            }
        }
        let _turn = self.store.writers.lock().await;
        note_summed_day(&self.store.writer, next).await?;
        Ok(true)
    }

    /// Takes away what is older than [`KEPT_DAYS`], a little at a time: others who write wait for no more than that.
    async fn forget_old(&self) -> Result<()> {
        let first_day = day(self.store.now()) - KEPT_DAYS;
        let too_old = [(Table::Hours, first_day * 24), (Table::Days, first_day)];
        for (table, first) in too_old {
            while self.forget_some(table, first).await? {}
        }
        let environments = environments::all(&self.store.db).await?;
        let unknown = std::iter::once(String::new());
        for environment in environments
            .into_iter()
            .map(|environment| environment.id)
            .chain(unknown)
        {
            let _turn = self.store.writers.lock().await;
            remove_totals(&self.store.writer, &environment, first_day * 24).await?;
        }
        Ok(())
    }

    /// Takes away the oldest rows before a point. Tells whether there may be more of them.
    async fn forget_some(&self, table: Table, first: i64) -> Result<bool> {
        let _turn = self.store.writers.lock().await;
        let Some(place) = row_after_batch(&self.store.db, table, first).await? else {
            // No more than one batch is left.
            remove_before(&self.store.writer, table, first).await?;
            return Ok(false);
        };
        remove_up_to(&self.store.writer, table, place).await?;
        Ok(true)
    }
}

/// The last day that is summed up by now, if not earlier.
fn last_due(now: Timestamp) -> i64 {
    day(now.plus(-SETTLED)) - 1
}

/// Sums up once more what was stored so late that it may be missing (the database was away, or the machine asleep). A day
/// that was not summed up yet has the same sums again later.
pub(super) async fn sum_up_again(db: &impl ConnectionTrait, taken: &[DrainedCounts], now: Timestamp) -> Result<()> {
    let mut late: BTreeSet<(i64, &str)> = BTreeSet::new();
    for key in taken {
        let days = key.tally.counts.iter().map(|count| count.hour.div_euclid(24));
        late.extend(
            days.filter(|day| *day <= last_due(now))
                .map(|day| (day, key.id.as_str())),
        );
    }
    for (day, key) in late {
        sum_up(db, day, Keys::One(key)).await?;
    }
    Ok(())
}
