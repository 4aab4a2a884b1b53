//! The retention of counts: complete days are summed up, and counts that are too old are deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use model::time::{DAY, HOUR, Timestamp};
use model::usage::KEPT_DAYS;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::HOURS;
use crate::error::Result;
use crate::store::environments;
use crate::usage::Usage;
use crate::verifier::DrainedCounts;

/// How often a server checks whether there is something to do.
const LOOK: Duration = Duration::from_mins(10);
/// How long after its end a day is summed up, in milliseconds, so that counts that are stored late are included.
const SETTLED: i64 = HOUR;
/// About how many keys are summed up at a time.
const KEYS: u64 = 1_000;
/// Number of rows that one statement deletes.
const BATCH: u64 = 5_000;

/// The day of a point in time: Unix time in days.
pub(super) const fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// A table of counts that is in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Hours,
    Days,
}

impl Table {
    /// Its name, and the name of its first column.
    pub(super) const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Hours => ("usage_hours", "hour"),
            Self::Days => ("usage_days", "day"),
        }
    }
}

impl Usage {
    /// Applies the retention again and again. Runs for as long as the server does.
    pub async fn run_retention(&self) {
        loop {
            if let Err(error) = self.apply_retention().await {
                tracing::error!(%error, "cannot sum up how keys were used; the next try includes it");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Deletes counts that are too old, and sums up the complete days.
    pub async fn apply_retention(&self) -> Result<()> {
        self.forget_old().await?;
        while self.sum_up_next_day().await? {}
        Ok(())
    }

    /// Sums up the next complete day. Answers whether there was one. It takes a part of the keys at a time, so that
    /// other writers wait for one part only. A part has the same sums however often it is stored, so several nodes may
    /// do this, and a node that was stopped in the middle begins again.
    async fn sum_up_next_day(&self) -> Result<bool> {
        let due = last_due(self.store.now());
        let next = match last_day(&self.store.db).await? {
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
        let mut after = String::new();
        loop {
            let until = key_after(&self.store.db, &after).await?;
            let _turn = self.store.writers.lock().await;
            let keys = Keys::Between(&after, until.as_deref());
            let statement = sum_up(self.store.db.get_database_backend(), next, keys);
            self.store.writer.execute_raw(statement).await?;
            match until {
                Some(until) => after = until,
                None => break,
            }
        }
        let _turn = self.store.writers.lock().await;
        self.store
            .writer
            .execute_raw(progress(self.store.db.get_database_backend(), next))
            .await?;
        Ok(true)
    }

    /// Deletes counts that are older than [`KEPT_DAYS`], one batch at a time, so that other writers wait for one batch
    /// only.
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
            let statement = forget_totals(self.store.db.get_database_backend(), &environment, first_day * 24);
            self.store.writer.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Deletes the oldest rows before the hour or day `first`. Answers whether there may be more of them.
    async fn forget_some(&self, table: Table, first: i64) -> Result<bool> {
        let _turn = self.store.writers.lock().await;
        let database = self.store.db.get_database_backend();
        let row = self.store.db.query_one_raw(kept_after(database, table, first)).await?;
        let Some(row) = row else {
            // No more than one batch is left.
            self.store
                .writer
                .execute_raw(forget_before(database, table, first))
                .await?;
            return Ok(false);
        };
        let place = (
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
            row.try_get_by_index(3)?,
        );
        self.store
            .writer
            .execute_raw(forget_up_to(database, table, place))
            .await?;
        Ok(true)
    }
}

/// The last day that is due to be summed up.
fn last_due(now: Timestamp) -> i64 {
    day(now.plus(-SETTLED)) - 1
}

/// Sums up again the days of counts that are stored so late that a sum may lack them (the database was away, or the
/// machine asleep). A day that was not summed up yet is summed up once more later, with the same result.
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
        db.execute_raw(sum_up(db.get_database_backend(), day, Keys::One(key)))
            .await?;
    }
    Ok(())
}

/// The last day that was summed up; `None` where no day was.
pub(super) async fn last_day(db: &impl ConnectionTrait) -> Result<Option<i64>> {
    let sql = "SELECT last_day FROM usage_progress WHERE id = 1";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

async fn first_hour(db: &impl ConnectionTrait) -> Result<Option<i64>> {
    let sql = "SELECT hour FROM usage_hours ORDER BY hour LIMIT 1";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The ID at which a part of the keys after `after` ends; `None` where the rest is no larger than a part.
pub(super) async fn key_after(db: &impl ConnectionTrait, after: &str) -> Result<Option<String>> {
    let sql = format!("SELECT id FROM api_keys WHERE id > ? ORDER BY id LIMIT 1 OFFSET {KEYS}");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [Value::from(after)]);
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The keys whose hours are summed up, also deleted ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'a> {
    One(&'a str),
    /// The keys after the first ID, up to and including the second; all keys after the first where the second is
    /// `None`.
    Between(&'a str, Option<&'a str>),
}

impl<'a> Keys<'a> {
    /// The condition, and its values.
    pub(super) fn condition(self) -> (&'static str, impl Iterator<Item = Value> + 'a) {
        let (condition, values) = match self {
            Self::One(key) => ("used.key_id = ?", [Some(key), None]),
            Self::Between(after, None) => ("used.key_id > ?", [Some(after), None]),
            Self::Between(after, until) => ("used.key_id > ? AND used.key_id <= ?", [Some(after), until]),
        };
        (condition, values.into_iter().flatten().map(Value::from))
    }
}

/// Stores the sums of the hours of a day.
pub(super) fn sum_up(database: DbBackend, day: i64, keys: Keys<'_>) -> Statement {
    let (of_keys, keys) = keys.condition();
    let sql = format!(
        "{HOURS}
         INSERT INTO usage_days (day, key_id, endpoint_name, code, count)
         SELECT ?, used.key_id, used.endpoint_name, used.code, sum(used.count)
         FROM hours CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND {of_keys}
         GROUP BY used.key_id, used.endpoint_name, used.code
         ON CONFLICT (day, key_id, endpoint_name, code) DO UPDATE SET count = excluded.count"
    );
    let values = [day * 24, day * 24 + 23, day].map(Value::from);
    Statement::from_sql_and_values(database, sql, values.into_iter().chain(keys))
}

/// Stores that all days up to this one were summed up.
fn progress(database: DbBackend, day: i64) -> Statement {
    let sql = "INSERT INTO usage_progress (id, last_day) VALUES (1, ?)
               ON CONFLICT (id) DO UPDATE SET last_day = excluded.last_day
               WHERE excluded.last_day > usage_progress.last_day";
    Statement::from_sql_and_values(database, sql, [Value::from(day)])
}

/// The row after the oldest batch, where that row is too old as well.
pub(super) fn kept_after(database: DbBackend, table: Table, first: i64) -> Statement {
    let (table, time) = table.names();
    let sql = format!(
        "SELECT {time}, key_id, endpoint_name, code FROM {table} WHERE {time} < ?
         ORDER BY {time}, key_id, endpoint_name, code LIMIT 1 OFFSET {BATCH}"
    );
    Statement::from_sql_and_values(database, sql, [Value::from(first)])
}

pub(super) fn forget_before(database: DbBackend, table: Table, first: i64) -> Statement {
    let (table, time) = table.names();
    Statement::from_sql_and_values(
        database,
        format!("DELETE FROM {table} WHERE {time} < ?"),
        [Value::from(first)],
    )
}

pub(super) fn forget_up_to(
    database: DbBackend,
    table: Table,
    (at, key, endpoint, code): (i64, String, String, String),
) -> Statement {
    let (table, time) = table.names();
    let sql = format!("DELETE FROM {table} WHERE ({time}, key_id, endpoint_name, code) < (?, ?, ?, ?)");
    let place: [Value; 4] = [at.into(), key.into(), endpoint.into(), code.into()];
    Statement::from_sql_and_values(database, sql, place)
}

pub(super) fn forget_totals(database: DbBackend, environment: &str, first: i64) -> Statement {
    let sql = "DELETE FROM usage_totals WHERE environment_id = ? AND hour < ?";
    Statement::from_sql_and_values(database, sql, [Value::from(environment), Value::from(first)])
}
