//! The retention of counts: complete days are summed up, and counts that are too old are deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::KeyId;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::KEPT_DAYS;
use sea_orm::ConnectionTrait;

use crate::error::Result;
use crate::store::database::begin;
use crate::store::environments;
use crate::store::time_limit::{WRITE_LIMIT, within};
use crate::store::usage::{
    Keys, Table, add_up_hour, first_hour, key_after, last_summed_day, next_hour_to_add_up, note_summed_day,
    remove_before, remove_hour, remove_totals, remove_up_to, row_after_batch, sum_up,
};
use crate::usage::Usage;
use crate::verifier::DrainedCounts;

/// How often a server checks whether there is something to do.
const RETENTION_INTERVAL: Duration = Duration::from_mins(10);
/// How long after its end a day is summed up, in milliseconds, so that counts that are stored late are included.
const SUM_UP_DELAY: i64 = HOUR;
/// For how many days the hours of customers are kept. Screens show the last 7 days by hours.
const CUSTOMER_HOURS_KEPT: i64 = 9;
/// How many days before them are looked at for hours that are not added up yet.
const CUSTOMER_DAYS_LOOKED_AT: i64 = 31;
/// About how many keys are summed up at a time.
pub(super) const KEYS_PER_BATCH: u64 = 1_000;

/// The day of a point in time: Unix time in days.
const fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// The first hour from which the hours of customers are kept for sure.
pub(super) const fn first_customer_hour(now: Timestamp) -> i64 {
    (day(now) - CUSTOMER_HOURS_KEPT) * 24
}

impl Usage {
    /// Applies the retention again and again. Runs for as long as the server does.
    pub async fn run_retention(&self) {
        loop {
            if let Err(error) = self.apply_retention().await {
                tracing::error!(%error, "cannot sum up how keys were used; the next try includes it");
            }
            tokio::time::sleep(RETENTION_INTERVAL).await;
        }
    }

    /// Deletes counts that are too old, and sums up the complete days.
    pub async fn apply_retention(&self) -> Result<()> {
        self.forget_old().await?;
        while self.sum_up_next_day().await? {}
        self.add_up_customer_hours().await
    }

    /// Adds the hours of customers up to days, one hour at a time, so that other writers wait for one hour only. An hour that is left
    /// out, since no server ran for long, is counted as well; it only takes more room.
    async fn add_up_customer_hours(&self) -> Result<()> {
        let before = first_customer_hour(self.store.now());
        let mut from = before - CUSTOMER_DAYS_LOOKED_AT * 24;
        while let Some(hour) = next_hour_to_add_up(&self.store.db, from, before).await? {
            from = hour + 1;
            if hour.rem_euclid(24) == 0 {
                continue;
            }
            within(WRITE_LIMIT, async {
                let _turn = self.store.turn().await?;
                let transaction = begin(&self.store.writer).await?;
                add_up_hour(&transaction, hour).await?;
                Ok(transaction.commit().await?)
            })
            .await?;
        }
        Ok(())
    }

    /// Sums up the next complete day. Answers whether there was one. It takes a part of the keys at a time, so that
    /// other writers wait for one part only. A part has the same sums however often it is stored, so several nodes may
    /// do this, and a node that was stopped in the middle begins again.
    async fn sum_up_next_day(&self) -> Result<bool> {
        let due = last_due(self.store.now());
        let next = match last_summed_day(&self.store.db).await? {
            Some(last) => last + 1,
            // No day was summed up yet, so the first day is that of the first stored hour.
            None => match first_hour(&self.store.db).await? {
                Some(first) => first.div_euclid(24),
                None => return Ok(false),
            },
        };
        if next > due {
            return Ok(false);
        }
        let mut after = None;
        loop {
            let until = key_after(&self.store.db, after.as_ref(), KEYS_PER_BATCH).await?;
            within(WRITE_LIMIT, async {
                let _turn = self.store.turn().await?;
                let transaction = begin(&self.store.writer).await?;
                sum_up(&transaction, next, Keys::Between(after.as_ref(), until.as_ref())).await?;
                Ok(transaction.commit().await?)
            })
            .await?;
            if until.is_none() {
                break;
            }
            after = until;
        }
        within(WRITE_LIMIT, async {
            let _turn = self.store.turn().await?;
            note_summed_day(&self.store.writer, next).await
        })
        .await?;
        Ok(true)
    }

    /// Deletes counts that are older than [`KEPT_DAYS`], one batch at a time, so that other writers wait for one batch
    /// only.
    async fn forget_old(&self) -> Result<()> {
        let first_day = day(self.store.now()) - KEPT_DAYS;
        let too_old = [(Table::Hours, first_day * 24), (Table::Days, first_day)];
        for (table, first) in too_old {
            while within(WRITE_LIMIT, self.forget_some(table, first)).await? {}
        }
        while let Some(hour) = next_hour_to_add_up(&self.store.db, 0, first_day * 24).await? {
            within(WRITE_LIMIT, async {
                let _turn = self.store.turn().await?;
                let transaction = begin(&self.store.writer).await?;
                remove_hour(&transaction, hour).await?;
                Ok(transaction.commit().await?)
            })
            .await?;
        }
        let environments = environments::all(&self.store.db).await?;
        let with_id = environments.into_iter().map(|environment| Some(environment.id));
        // Requests with unknown tokens belong to no environment.
        for environment in with_id.chain([None]) {
            within(WRITE_LIMIT, async {
                let _turn = self.store.turn().await?;
                let transaction = begin(&self.store.writer).await?;
                remove_totals(&transaction, environment, first_day * 24).await?;
                Ok(transaction.commit().await?)
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes the oldest rows before the hour or day `first`. Answers whether there may be more of them.
    async fn forget_some(&self, table: Table, first: i64) -> Result<bool> {
        let _turn = self.store.turn().await?;
        let transaction = begin(&self.store.writer).await?;
        let place = row_after_batch(&transaction, table, first).await?;
        let more = place.is_some();
        match place {
            Some(place) => remove_up_to(&transaction, table, place).await?,
            // No more than one batch is left.
            None => remove_before(&transaction, table, first).await?,
        }
        transaction.commit().await?;
        Ok(more)
    }
}

/// The last day that is due to be summed up.
fn last_due(now: Timestamp) -> i64 {
    day(now.plus(-SUM_UP_DELAY)) - 1
}

/// Sums up again the days of counts that are stored so late that a sum may lack them (the database was away, or the
/// machine asleep). A day that was not summed up yet is summed up once more later, with the same result.
pub(super) async fn sum_up_again(db: &impl ConnectionTrait, taken: &[DrainedCounts], now: Timestamp) -> Result<()> {
    let mut late: BTreeSet<(i64, &KeyId)> = BTreeSet::new();
    for key in taken {
        let days = key.tally.counts.iter().map(|count| count.hour.div_euclid(24));
        late.extend(days.filter(|day| *day <= last_due(now)).map(|day| (day, &key.id)));
    }
    for (day, key) in late {
        sum_up(db, day, Keys::One(key)).await?;
    }
    Ok(())
}
