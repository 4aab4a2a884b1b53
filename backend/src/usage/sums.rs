//! The statements by which the database adds up counts for a report.

use model::id::KeyId;
use model::usage::{Range, TOP_KEYS};
use model::verify::Code;
use sea_orm::{DbBackend, Statement, Value};

use super::HOURS;
use super::filter::{Spans, UsageFilter};
use super::retention::Table;

/// How many hours are added up to one row.
const fn step(range: Range) -> i64 {
    match range {
        Range::Day => 1,
        Range::Week => 6,
        Range::Month | Range::All => 24,
    }
}

/// Requests of whole environments, from the totals.
pub(super) fn of_environments(
    database: DbBackend,
    filter: &UsageFilter,
    environments: &[&str],
    (first, last): (i64, i64),
) -> Statement {
    let step = step(filter.range);
    let ids = vec!["?"; environments.len()].join(", ");
    let (endpoint, name) = filter.endpoint_filter();
    let sql = format!(
        "SELECT hour / {step} * {step} AS start, endpoint_name, code, CAST(sum(count) AS bigint) AS total
         FROM usage_totals WHERE environment_id IN ({ids}) AND hour BETWEEN ? AND ?{endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = environments
        .iter()
        .map(|id| Value::from(*id))
        .chain([first.into(), last.into()])
        .chain(name);
    Statement::from_sql_and_values(database, sql, values)
}

/// Requests of one key. Each hour or day is looked up by itself.
pub(super) fn of_key(
    database: DbBackend,
    filter: &UsageFilter,
    key: &KeyId,
    table: Table,
    (first, last): (i64, i64),
) -> Statement {
    let (name, time) = table.names();
    let (endpoint, filtered) = filter.endpoint_filter();
    let start = match table {
        Table::Hours => {
            let step = step(filter.range);
            format!("used.hour / {step} * {step}")
        }
        Table::Days => "used.day * 24".to_owned(),
    };
    let sql = format!(
        "{HOURS}
         SELECT {start} AS start, used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN {name} AS used
         WHERE used.{time} = hours.hour AND used.key_id = ?{endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = [first.into(), last.into(), Value::from(key.as_str())];
    Statement::from_sql_and_values(database, sql, values.into_iter().chain(filtered))
}

/// The keys with the most requests.
pub(super) fn top_keys(
    database: DbBackend,
    filter: &UsageFilter,
    environment: Option<&str>,
    spans: &Spans,
) -> Statement {
    let (endpoint, name) = filter.endpoint_filter();
    let mut values: Vec<Value> = Vec::new();
    let days = spans.days.map(|span| (Table::Days, span));
    let hours = spans.hours.iter().map(|span| (Table::Hours, *span));
    let parts: Vec<String> = days
        .into_iter()
        .chain(hours)
        .map(|(table, (first, last))| {
            let (table, time) = table.names();
            values.extend([first.into(), last.into()]);
            values.extend(name.clone());
            // Each part is read in the order of its table, and added up by key before the parts are put together.
            format!(
                "SELECT key_id, sum(count) AS total, sum(CASE WHEN code = '{}' THEN count ELSE 0 END) AS allowed
                 FROM {table} WHERE {time} BETWEEN ? AND ?{endpoint} GROUP BY key_id",
                Code::Valid.as_str()
            )
        })
        .collect();
    let parts = parts.join(" UNION ALL ");
    let within = match environment {
        Some(id) => {
            values.extend([Value::from(id), Value::from(id)]);
            "WHERE key_id IN (SELECT id FROM api_keys WHERE environment_id = ?)
                OR key_id IN (SELECT key_id FROM environment_keys WHERE environment_id = ?)"
        }
        None => "",
    };
    let sql = format!(
        "SELECT key_id, CAST(sum(total) AS bigint) AS total, CAST(sum(allowed) AS bigint) AS allowed
         FROM ({parts}) AS used {within} GROUP BY key_id ORDER BY 2 DESC, key_id LIMIT {TOP_KEYS}"
    );
    Statement::from_sql_and_values(database, sql, values)
}
