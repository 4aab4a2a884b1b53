//! Sums of requests, for screens.

use model::id::{EnvironmentId, KeyId};
use model::usage::TOP_KEYS;
use model::verify::Code;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::{HOURS, Span, Table, endpoint_condition};
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::statement::{places, read_one, statement};

/// Accepted requests of one key in one hour.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Accepted {
    pub(crate) key_id: Stored<KeyId>,
    pub(crate) hour: i64,
    pub(crate) total: i64,
}

/// Requests by endpoint and code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct EndpointSum {
    pub(crate) endpoint_name: String,
    pub(crate) code: Stored<Code>,
    pub(crate) total: i64,
}

/// Requests of some hours by endpoint and code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Sum {
    /// The first hour, in Unix hours.
    pub(crate) start: i64,
    pub(crate) endpoint_name: String,
    pub(crate) code: Stored<Code>,
    pub(crate) total: i64,
}

/// A key with many requests.
#[derive(Debug, FromQueryResult)]
pub(crate) struct TopKey {
    pub(crate) key_id: Stored<KeyId>,
    pub(crate) total: i64,
    pub(crate) allowed: i64,
}

/// Accepted requests of these keys by hour, without hours that had none.
pub(crate) async fn accepted_by_hour(db: &impl ConnectionTrait, ids: &[KeyId], hours: Span) -> Result<Vec<Accepted>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = accepted_by_hour_statement(db.get_database_backend(), ids, hours);
    Ok(Accepted::find_by_statement(statement).all(db).await?)
}

fn accepted_by_hour_statement(database: DbBackend, ids: &[KeyId], (first, last): Span) -> Statement {
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
    statement(database, &sql, [first.into(), last.into()].into_iter().chain(ids))
}

/// Requests of one key by endpoint and code.
pub(crate) async fn uses_by_endpoint(db: &impl ConnectionTrait, key: &KeyId, hours: Span) -> Result<Vec<EndpointSum>> {
    let statement = uses_by_endpoint_statement(db.get_database_backend(), key, hours);
    Ok(EndpointSum::find_by_statement(statement).all(db).await?)
}

fn uses_by_endpoint_statement(database: DbBackend, key: &KeyId, (first, last): Span) -> Statement {
    let sql = format!(
        "{HOURS}
         SELECT used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND used.key_id = ?
         GROUP BY used.endpoint_name, used.code"
    );
    statement(database, &sql, [first.into(), last.into(), key.as_str().into()])
}

/// Requests in these environments; `None` is for unknown tokens. `step` hours are added up to one sum.
pub(crate) async fn sums_of_environments(
    db: &impl ConnectionTrait,
    environments: &[Option<&EnvironmentId>],
    endpoint: Option<&str>,
    hours: Span,
    step: i64,
) -> Result<Vec<Sum>> {
    let database = db.get_database_backend();
    let statement = sums_of_environments_statement(database, environments, endpoint, hours, step);
    Ok(Sum::find_by_statement(statement).all(db).await?)
}

fn sums_of_environments_statement(
    database: DbBackend,
    environments: &[Option<&EnvironmentId>],
    endpoint: Option<&str>,
    (first, last): Span,
    step: i64,
) -> Statement {
    let ids = places(environments.len());
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let sql = format!(
        "SELECT hour / {step} * {step} AS start, endpoint_name, code, CAST(sum(count) AS bigint) AS total
         FROM usage_totals WHERE environment_id IN ({ids}) AND hour BETWEEN ? AND ?{is_endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = environments
        .iter()
        .map(|id| Value::from(Stored(id.cloned())))
        .chain([first.into(), last.into()])
        .chain(endpoint);
    statement(database, &sql, values)
}

/// Requests of one key. `step` hours are added up to one sum; a day is never divided.
pub(crate) async fn sums_of_key(
    db: &impl ConnectionTrait,
    key: &KeyId,
    endpoint: Option<&str>,
    (table, span): (Table, Span),
    step: i64,
) -> Result<Vec<Sum>> {
    let statement = sums_of_key_statement(db.get_database_backend(), key, endpoint, (table, span), step);
    Ok(Sum::find_by_statement(statement).all(db).await?)
}

fn sums_of_key_statement(
    database: DbBackend,
    key: &KeyId,
    endpoint: Option<&str>,
    (table, (first, last)): (Table, Span),
    step: i64,
) -> Statement {
    let (name, time) = table.names();
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let start = match table {
        Table::Hours => format!("used.hour / {step} * {step}"),
        Table::Days => "used.day * 24".to_owned(),
    };
    let sql = format!(
        "{HOURS}
         SELECT {start} AS start, used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN {name} AS used
         WHERE used.{time} = hours.hour AND used.key_id = ?{is_endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = [first.into(), last.into(), Value::from(key.as_str())];
    statement(database, &sql, values.into_iter().chain(endpoint))
}

/// The keys with the most requests within some spans of the two tables, in one environment or in all.
pub(crate) async fn top_keys(
    db: &impl ConnectionTrait,
    environment: Option<&EnvironmentId>,
    endpoint: Option<&str>,
    spans: impl Iterator<Item = (Table, Span)>,
) -> Result<Vec<TopKey>> {
    let statement = top_keys_statement(db.get_database_backend(), environment, endpoint, spans);
    Ok(TopKey::find_by_statement(statement).all(db).await?)
}

fn top_keys_statement(
    database: DbBackend,
    environment: Option<&EnvironmentId>,
    endpoint: Option<&str>,
    spans: impl Iterator<Item = (Table, Span)>,
) -> Statement {
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let mut values: Vec<Value> = Vec::new();
    let parts: Vec<String> = spans
        .map(|(table, (first, last))| {
            let (table, time) = table.names();
            values.extend([first.into(), last.into()]);
            values.extend(endpoint.clone());
            // Each part is read in the order of its table, and added up by key before the parts are put together.
            format!(
                "SELECT key_id, sum(count) AS total, sum(CASE WHEN code = '{}' THEN count ELSE 0 END) AS allowed
                 FROM {table} WHERE {time} BETWEEN ? AND ?{is_endpoint} GROUP BY key_id",
                Code::Valid.as_str()
            )
        })
        .collect();
    let parts = parts.join(" UNION ALL ");
    let within = match environment {
        Some(id) => {
            values.extend([Value::from(id.as_str()), Value::from(id.as_str())]);
            "WHERE key_id IN (SELECT id FROM api_keys WHERE environment_id = ?)
                OR key_id IN (SELECT key_id FROM environment_keys WHERE environment_id = ?)"
        }
        None => "",
    };
    let sql = format!(
        "SELECT key_id, CAST(sum(total) AS bigint) AS total, CAST(sum(allowed) AS bigint) AS allowed
         FROM ({parts}) AS used {within} GROUP BY key_id ORDER BY 2 DESC, key_id LIMIT {TOP_KEYS}"
    );
    statement(database, &sql, values)
}

/// Whether there ever was a request, as far as the totals go back.
pub(crate) async fn any_uses(db: &impl ConnectionTrait) -> Result<bool> {
    let sql = "SELECT 1 FROM usage_totals LIMIT 1";
    let found: Option<i32> = read_one(db, statement(db.get_database_backend(), sql, [])).await?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key, seeks};
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::empty_store;

    #[tokio::test]
    async fn a_page_of_keys_is_sought_hour_by_hour_and_key_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let ids = vec![key(); 50];
        assert_eq!(
            seeks(&store, accepted_by_hour_statement(DATABASE, &ids, (1, 24))).await,
            ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
        );
        assert_eq!(
            seeks(&store, uses_by_endpoint_statement(DATABASE, &key(), (1, 720))).await,
            ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
        );
    }

    #[tokio::test]
    async fn a_report_reads_its_range_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let key = key();
        for step in [1, 6, 24] {
            let environment = EnvironmentId::from_random("0123456789");
            let ids = [Some(&environment), None];
            assert_eq!(
                seeks(
                    &store,
                    sums_of_environments_statement(DATABASE, &ids, None, (1, 24), step)
                )
                .await,
                ["usage_totals USING PRIMARY KEY (environment_id=? AND hour>? AND hour<?)"]
            );
            for (table, time) in [(Table::Hours, "hour"), (Table::Days, "day")] {
                let statement = sums_of_key_statement(DATABASE, &key, None, (table, (1, 24)), step);
                assert_eq!(
                    seeks(&store, statement).await,
                    [format!("used USING PRIMARY KEY ({time}=? AND key_id=?)")]
                );
            }
        }
    }

    #[tokio::test]
    async fn the_most_used_keys_are_found_within_their_spans() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let spans = [
            (Table::Days, (2, 38)),
            (Table::Hours, (30, 47)),
            (Table::Hours, (936, 990)),
        ];
        let environment = EnvironmentId::from_random("0123456789");
        for environment in [None, Some(&environment)] {
            let statement = top_keys_statement(DATABASE, environment, None, spans.into_iter());
            let mut read = seeks(&store, statement).await;
            read.sort();
            assert_eq!(
                read,
                [
                    "usage_days USING PRIMARY KEY (day>? AND day<?)",
                    "usage_hours USING PRIMARY KEY (hour>? AND hour<?)",
                    "usage_hours USING PRIMARY KEY (hour>? AND hour<?)",
                ]
            );
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_a_report_seeks_its_range() {
        let store = new_store_without_scans().await;
        let database = DbBackend::Postgres;
        let (key, ids) = (key(), vec![key(); 50]);
        let environment = EnvironmentId::from_random("0123456789");
        let spans = [(Table::Days, (2, 38)), (Table::Hours, (30, 47))];
        for statement in [
            accepted_by_hour_statement(database, &ids, (1, 24)),
            uses_by_endpoint_statement(database, &key, (1, 720)),
            sums_of_environments_statement(database, &[Some(&environment), None], None, (1, 24), 6),
            sums_of_key_statement(database, &key, None, (Table::Hours, (1, 24)), 6),
            sums_of_key_statement(database, &key, None, (Table::Days, (1, 24)), 24),
            top_keys_statement(database, None, None, spans.into_iter()),
            top_keys_statement(database, Some(&environment), None, spans.into_iter()),
        ] {
            assert_sought(&store, "usage_", statement).await;
        }
        store.close().await.unwrap();
    }
}
