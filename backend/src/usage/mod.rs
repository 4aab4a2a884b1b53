//! Usage: the uses that the verifier counts in memory are stored in batches, summed up by day, and read again by
//! screens.
//!
//! The table of hours is in the order of time: first the hour, then the key. So a query about some keys looks up each
//! hour and key by itself. A key takes as many look-ups as there are hours, however many other keys were used.

mod export;
mod filter;
mod flush;
mod last_use;
mod names;
#[cfg(test)]
mod plans;
mod report;
mod retention;
mod sums;

use std::collections::HashMap;
use std::sync::Arc;

use model::key_page::UseCount;
use model::time::Timestamp;
use model::usage::SPARK_HOURS;
use model::verify::Code;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement, Value,
};

pub use self::export::UsageExport;
use crate::error::Result;
use crate::store::Store;
use crate::store::entities::usage_total;
use crate::store::padded::padded;
use crate::verifier::{Verifier, hour};

/// The hours from one to another, both included, as a table to join with.
const HOURS: &str = "WITH RECURSIVE hours (hour) AS (SELECT ? UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?)";

/// Stores what the verifier counted, and reads it again.
#[derive(Debug)]
pub struct Usage {
    store: Arc<Store>,
    verifier: Arc<Verifier>,
}

impl Usage {
    pub(crate) fn new(store: Arc<Store>, verifier: Arc<Verifier>) -> Self {
        Self { store, verifier }
    }
}

/// Accepted requests of one key in one hour.
#[derive(FromQueryResult)]
struct Accepted {
    key_id: String,
    hour: i64,
    total: i64,
}

/// Accepted requests of these keys in the last 24 hours, by key and hour, the current hour last. Keys without such
/// requests are left out.
pub(crate) async fn accepted(
    db: &impl ConnectionTrait,
    ids: &[String],
    now: Timestamp,
) -> Result<HashMap<String, Vec<u64>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let hours = i64::try_from(SPARK_HOURS).unwrap_or(i64::MAX);
    let first = hour(now) - hours + 1;
    let found = Accepted::find_by_statement(accepted_by_hour(db.get_database_backend(), ids, first, hour(now)));
    let mut accepted: HashMap<String, Vec<u64>> = HashMap::new();
    for Accepted { key_id, hour, total } in found.all(db).await? {
        let by_hour = accepted.entry(key_id).or_insert_with(|| vec![0; SPARK_HOURS]);
        if let Some(sum) = usize::try_from(hour - first)
            .ok()
            .and_then(|index| by_hour.get_mut(index))
        {
            *sum += count(total);
        }
    }
    Ok(accepted)
}

fn accepted_by_hour(database: DbBackend, ids: &[String], first: i64, last: i64) -> Statement {
    let rows = vec!["(?)"; ids.len()].join(", ");
    let sql = format!(
        "{HOURS}, keys (id) AS (VALUES {rows})
         SELECT used.key_id, used.hour, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN keys CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND used.key_id = keys.id AND used.code = '{}'
         GROUP BY used.key_id, used.hour",
        Code::Valid.as_str()
    );
    let ids = ids.iter().map(|id| Value::from(id.as_str()));
    Statement::from_sql_and_values(database, sql, [first.into(), last.into()].into_iter().chain(ids))
}

#[derive(FromQueryResult)]
struct Sum {
    what: String,
    code: String,
    total: i64,
}

/// Requests of one key in the last `hours`, by endpoint.
pub(crate) async fn by_endpoint(
    db: &impl ConnectionTrait,
    id: &str,
    now: Timestamp,
    hours: i64,
) -> Result<HashMap<String, UseCount>> {
    let statement = of_key_by_endpoint(db.get_database_backend(), id, hour(now) - hours + 1, hour(now));
    let mut counts: HashMap<String, UseCount> = HashMap::new();
    for sum in Sum::find_by_statement(statement).all(db).await? {
        add(counts.entry(sum.what).or_default(), &sum.code, sum.total);
    }
    Ok(counts)
}

fn of_key_by_endpoint(database: DbBackend, id: &str, first: i64, last: i64) -> Statement {
    let sql = format!(
        "{HOURS}
         SELECT used.endpoint_name AS what, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND used.key_id = ?
         GROUP BY used.endpoint_name, used.code"
    );
    Statement::from_sql_and_values(database, sql, [first.into(), last.into(), id.into()])
}

/// Requests in the last `hours` in these environments.
pub(crate) async fn total(
    db: &impl ConnectionTrait,
    environments: Vec<String>,
    now: Timestamp,
    hours: i64,
) -> Result<UseCount> {
    let sums = usage_total::Entity::find()
        .select_only()
        .column_as(Expr::value(""), "what")
        .column_as(usage_total::Column::Code, "code")
        .column_as(usage_total::Column::Count.sum().cast_as("bigint"), "total")
        .filter(usage_total::Column::EnvironmentId.is_in(padded(environments)))
        .filter(usage_total::Column::Hour.gt(hour(now) - hours))
        .group_by(usage_total::Column::Code)
        .into_model::<Sum>()
        .all(db)
        .await?;
    let mut count = UseCount::default();
    for sum in sums {
        add(&mut count, &sum.code, sum.total);
    }
    Ok(count)
}

fn add(uses: &mut UseCount, code: &str, total: i64) {
    if code == Code::Valid.as_str() {
        uses.allowed += count(total);
    } else {
        uses.refused += count(total);
    }
}

fn count(total: i64) -> u64 {
    u64::try_from(total).unwrap_or_default()
}
