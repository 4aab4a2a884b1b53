//! The requests that Home shows: those of two days by hour, the keys with the most refused ones, and when the first came.
//!
//! An index has the refused requests alone, in the order of time. They are few beside those that were allowed.

use model::id::{EnvironmentId, KeyId};
use model::verify::Code;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::{HOURS, Span};
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::padded::padded;
use crate::store::statement::{places, statement};

/// Requests of one hour by code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct HourSum {
    pub(crate) hour: i64,
    pub(crate) code: Stored<Code>,
    pub(crate) total: i64,
}

/// A key and its refused requests.
#[derive(Debug, FromQueryResult)]
pub(crate) struct MostRefused {
    pub(crate) key_id: Stored<KeyId>,
    pub(crate) refused: i64,
}

/// Requests of one key by endpoint and code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct KeySum {
    pub(crate) key_id: Stored<KeyId>,
    pub(crate) endpoint_name: String,
    pub(crate) code: Stored<Code>,
    pub(crate) total: i64,
}

#[derive(FromQueryResult)]
struct Ends {
    first: Option<i64>,
    last: Option<i64>,
}

/// Requests in these environments by hour and code; `None` is for unknown tokens.
pub(crate) async fn requests_by_hour(
    db: &impl ConnectionTrait,
    environments: impl IntoIterator<Item = Option<EnvironmentId>>,
    hours: Span,
) -> Result<Vec<HourSum>> {
    let environments: Vec<_> = environments.into_iter().collect();
    if environments.is_empty() {
        return Ok(Vec::new());
    }
    let statement = requests_by_hour_statement(db.get_database_backend(), environments, hours);
    Ok(HourSum::find_by_statement(statement).all(db).await?)
}

fn requests_by_hour_statement(
    database: DbBackend,
    environments: Vec<Option<EnvironmentId>>,
    (first, last): Span,
) -> Statement {
    let ids = padded(environments.into_iter().map(|id| Value::from(Stored(id))));
    let sql = format!(
        "SELECT hour, code, CAST(sum(count) AS bigint) AS total FROM usage_totals
         WHERE environment_id IN ({}) AND hour BETWEEN ? AND ? GROUP BY hour, code",
        places(ids.len())
    );
    statement(database, &sql, ids.into_iter().chain([first.into(), last.into()]))
}

/// The keys with the most refused requests, at most `limit`, in these environments or (`None`) in all.
pub(crate) async fn most_refused_keys(
    db: &impl ConnectionTrait,
    environments: Option<&[EnvironmentId]>,
    hours: Span,
    limit: usize,
) -> Result<Vec<MostRefused>> {
    if environments.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let statement = most_refused_keys_statement(db.get_database_backend(), environments, hours, limit);
    Ok(MostRefused::find_by_statement(statement).all(db).await?)
}

fn most_refused_keys_statement(
    database: DbBackend,
    environments: Option<&[EnvironmentId]>,
    (first, last): Span,
    limit: usize,
) -> Statement {
    let ids = ids_of(environments);
    let within = if ids.is_empty() {
        String::new()
    } else {
        // Each key is looked up by itself, since far fewer keys were refused than an environment may have.
        let ids = places(ids.len());
        format!(
            "WHERE EXISTS (SELECT 1 FROM api_keys WHERE api_keys.id = refusals.key_id AND environment_id IN ({ids}))
                OR refusals.key_id IN (SELECT key_id FROM environment_keys WHERE environment_id IN ({ids}))"
        )
    };
    let sql = format!(
        "SELECT key_id, refused FROM (
             SELECT key_id, CAST(sum(count) AS bigint) AS refused FROM usage_hours
             WHERE hour BETWEEN ? AND ? AND code <> '{}' GROUP BY key_id
         ) AS refusals {within} ORDER BY refused DESC, key_id LIMIT {limit}",
        Code::Valid.as_str()
    );
    let hours: [Value; 2] = [first.into(), last.into()];
    statement(database, &sql, hours.into_iter().chain(ids.clone()).chain(ids))
}

/// The requests of these keys by endpoint and code, those that were allowed as well.
pub(crate) async fn requests_of_keys(db: &impl ConnectionTrait, ids: &[KeyId], hours: Span) -> Result<Vec<KeySum>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = requests_of_keys_statement(db.get_database_backend(), ids, hours);
    Ok(KeySum::find_by_statement(statement).all(db).await?)
}

fn requests_of_keys_statement(database: DbBackend, ids: &[KeyId], (first, last): Span) -> Statement {
    let rows = vec!["(?)"; ids.len()].join(", ");
    let sql = format!(
        "{HOURS}, keys (id) AS (VALUES {rows})
         SELECT used.key_id, used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN keys CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND used.key_id = keys.id
         GROUP BY used.key_id, used.endpoint_name, used.code"
    );
    let ids = ids.iter().map(|id| Value::from(id.as_str()));
    statement(database, &sql, [first.into(), last.into()].into_iter().chain(ids))
}

/// The first and the last hour with a request with a key, in these environments or (`None`) in all.
pub(crate) async fn hours_with_requests(
    db: &impl ConnectionTrait,
    environments: Option<&[EnvironmentId]>,
) -> Result<Option<Span>> {
    if environments.is_some_and(<[_]>::is_empty) {
        return Ok(None);
    }
    let statement = hours_with_requests_statement(db.get_database_backend(), environments);
    let ends = Ends::find_by_statement(statement).one(db).await?;
    Ok(ends.and_then(|ends| Some((ends.first?, ends.last?))))
}

fn hours_with_requests_statement(database: DbBackend, environments: Option<&[EnvironmentId]>) -> Statement {
    let ids = ids_of(environments);
    let within = if ids.is_empty() {
        String::new()
    } else {
        format!("WHERE environments.id IN ({})", places(ids.len()))
    };
    // The ends of each environment are the two ends of its part of the primary key.
    let end = |which: &str| {
        format!("{which}((SELECT {which}(hour) FROM usage_totals WHERE environment_id = environments.id))")
    };
    let sql = format!(
        "SELECT {} AS first, {} AS last FROM environments {within}",
        end("min"),
        end("max")
    );
    statement(database, &sql, ids)
}

/// The IDs of these environments as values; none for all environments.
fn ids_of(environments: Option<&[EnvironmentId]>) -> Vec<Value> {
    let environments = environments.unwrap_or_default();
    padded(environments.iter().map(|id| Value::from(id.as_str())))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key, seeks};
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store, new_store_without_scans, rows_read, run};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn environment() -> EnvironmentId {
        EnvironmentId::from_random("0123456789")
    }

    #[tokio::test]
    async fn only_refused_requests_are_read_to_find_the_most_refused_keys() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let environments = [environment()];
        for within in [None, Some(environments.as_slice())] {
            let statement = most_refused_keys_statement(DATABASE, within, (1, 24), 5);
            let plan = plan(&store, statement).await;
            let sought = plan.iter().any(|step| {
                step.starts_with("SEARCH usage_hours") && step.contains("INDEX usage_hours_refused (hour>? AND hour<?)")
            });
            let scanned = plan
                .iter()
                .any(|step| step.starts_with("SCAN usage_hours") || step.starts_with("SCAN api_keys"));
            assert!(sought && !scanned, "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn the_requests_of_home_are_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let statement = requests_by_hour_statement(DATABASE, vec![Some(environment()), None], (1, 48));
        assert_eq!(
            seeks(&store, statement).await,
            ["usage_totals USING PRIMARY KEY (environment_id=? AND hour>? AND hour<?)"]
        );
        let keys = vec![key(); 5];
        assert_eq!(
            seeks(&store, requests_of_keys_statement(DATABASE, &keys, (1, 24))).await,
            ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
        );
        let environments = [environment()];
        for within in [None, Some(environments.as_slice())] {
            let read = seeks(&store, hours_with_requests_statement(DATABASE, within)).await;
            assert_eq!(read, ["usage_totals USING PRIMARY KEY (environment_id=?)"; 2]);
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_requests_of_home_are_sought() {
        let store = new_store_without_scans().await;
        let database = DbBackend::Postgres;
        let environments = [environment()];
        for statement in [
            requests_by_hour_statement(database, vec![Some(environment()), None], (1, 48)),
            most_refused_keys_statement(database, None, (1, 24), 5),
            most_refused_keys_statement(database, Some(&environments), (1, 24), 5),
            requests_of_keys_statement(database, &[key(), key()], (1, 24)),
            hours_with_requests_statement(database, None),
            hours_with_requests_statement(database, Some(&environments)),
        ] {
            assert_sought(&store, "usage_", statement).await;
        }
        store.close().await.unwrap();
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_only_refused_requests_are_read_to_find_the_most_refused_keys() {
        let store = new_store().await;
        let fill = "INSERT INTO usage_hours (hour, key_id, endpoint_name, code, count)
             SELECT 1 + n % 24, 'key_' || lpad(CAST(n AS text), 10, '0'), 'chat',
                 CASE n % 1000 WHEN 1 THEN 'EXPIRED' ELSE 'VALID' END, 1
             FROM generate_series(1, 30000) n;
             ANALYZE";
        run(&store.db, fill).await;
        let statement = most_refused_keys_statement(DbBackend::Postgres, None, (1, 24), 5);
        let (read, plan) = rows_read(&store, statement).await;
        assert!(read["usage_hours"] <= 60.0, "{plan:#}");
        store.close().await.unwrap();
    }
}
