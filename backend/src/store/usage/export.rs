//! Rows of usage for an export, in the order of their tables.

use model::id::KeyId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::{HOURS, Keys, Span, Table, endpoint_condition, key_text};
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::statement::statement;

/// Requests of one hour or day by key, endpoint and code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct ExportRow {
    /// `None` for requests with unknown tokens.
    pub(crate) key_id: Option<Stored<KeyId>>,
    pub(crate) endpoint_name: String,
    pub(crate) code: String,
    pub(crate) total: i64,
}

/// A row's place within an hour or day. The default is before the first row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key_id: Option<KeyId>,
    pub(crate) endpoint_name: String,
    pub(crate) code: String,
}

/// The next rows of an hour, or of a day that was summed up, after a place: `limit` at most.
pub(crate) async fn usage_rows(
    db: &impl ConnectionTrait,
    (table, at): (Table, i64),
    key: Option<&KeyId>,
    endpoint: Option<&str>,
    after: &Place,
    limit: usize,
) -> Result<Vec<ExportRow>> {
    let statement = usage_rows_statement(db.get_database_backend(), (table, at), key, endpoint, after, limit);
    Ok(ExportRow::find_by_statement(statement).all(db).await?)
}

fn usage_rows_statement(
    database: DbBackend,
    (table, at): (Table, i64),
    key: Option<&KeyId>,
    endpoint: Option<&str>,
    after: &Place,
    limit: usize,
) -> Statement {
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let is_key = if key.is_some() { " AND key_id = ?" } else { "" };
    let (table, time) = table.names();
    let sql = format!(
        "SELECT key_id, endpoint_name, code, count AS total FROM {table}
         WHERE {time} = ? AND (key_id, endpoint_name, code) > (?, ?, ?){is_key}{is_endpoint}
         ORDER BY key_id, endpoint_name, code LIMIT {limit}"
    );
    let place = [key_text(after.key_id.as_ref()), &after.endpoint_name, &after.code].map(Value::from);
    let key = key.map(|key| Value::from(key.as_str()));
    let values = [Value::from(at)].into_iter().chain(place).chain(key).chain(endpoint);
    statement(database, &sql, values)
}

/// The sums of a day's hours for some keys.
pub(crate) async fn sums_of_day(
    db: &impl ConnectionTrait,
    hours: Span,
    keys: Keys<'_>,
    endpoint: Option<&str>,
) -> Result<Vec<ExportRow>> {
    let statement = sums_of_day_statement(db.get_database_backend(), hours, keys, endpoint);
    Ok(ExportRow::find_by_statement(statement).all(db).await?)
}

fn sums_of_day_statement(
    database: DbBackend,
    (first, last): Span,
    keys: Keys<'_>,
    endpoint: Option<&str>,
) -> Statement {
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let (of_keys, keys) = keys.condition();
    let sql = format!(
        "{HOURS}
         SELECT used.key_id, used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN usage_hours AS used
         WHERE used.hour = hours.hour AND {of_keys}{is_endpoint}
         GROUP BY used.key_id, used.endpoint_name, used.code
         ORDER BY used.key_id, used.endpoint_name, used.code"
    );
    let hours: [Value; 2] = [first.into(), last.into()];
    statement(database, &sql, hours.into_iter().chain(keys).chain(endpoint))
}

/// Requests within some hours with tokens that belong to no key.
pub(crate) async fn uses_of_unknown_tokens(
    db: &impl ConnectionTrait,
    hours: Span,
    endpoint: Option<&str>,
) -> Result<Vec<ExportRow>> {
    let statement = unknown_tokens_statement(db.get_database_backend(), hours, endpoint);
    Ok(ExportRow::find_by_statement(statement).all(db).await?)
}

fn unknown_tokens_statement(database: DbBackend, (first, last): Span, endpoint: Option<&str>) -> Statement {
    let (is_endpoint, endpoint) = endpoint_condition(endpoint);
    let sql = format!(
        "SELECT NULL AS key_id, endpoint_name, code, CAST(sum(count) AS bigint) AS total FROM usage_totals
         WHERE environment_id = '' AND hour BETWEEN ? AND ?{is_endpoint}
         GROUP BY endpoint_name, code ORDER BY endpoint_name, code"
    );
    let hours: [Value; 2] = [first.into(), last.into()];
    statement(database, &sql, hours.into_iter().chain(endpoint))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key, seeks};
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn an_export_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let after = Place {
            key_id: Some(key()),
            endpoint_name: "chat".to_owned(),
            code: "VALID".to_owned(),
        };
        let rows = |table| usage_rows_statement(DATABASE, (table, 1), None, None, &after, 5_000);
        for (table, seek) in [
            (
                Table::Hours,
                "usage_hours USING PRIMARY KEY (hour=? AND (key_id,endpoint_name,code)>(?,?,?))",
            ),
            (
                Table::Days,
                "usage_days USING PRIMARY KEY (day=? AND (key_id,endpoint_name,code)>(?,?,?))",
            ),
        ] {
            assert_eq!(seeks(&store, rows(table)).await, [seek]);
        }
        // No page has to be sorted: it is read in the order of the table.
        let steps = plan(&store, rows(Table::Hours)).await;
        assert!(!steps.iter().any(|step| step.contains("ORDER BY")), "{steps:#?}");
    }

    #[tokio::test]
    async fn a_day_is_added_up_from_its_hours_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let (key, last) = (key(), KeyId::from_random("zzzzzzzzzz"));
        for (keys, seek) in [
            (Keys::One(&key), "used USING PRIMARY KEY (hour=? AND key_id=?)"),
            (
                Keys::Between(Some(&key), Some(&last)),
                "used USING PRIMARY KEY (hour=? AND key_id>? AND key_id<?)",
            ),
        ] {
            let sums = sums_of_day_statement(DATABASE, (24, 47), keys, None);
            assert_eq!(seeks(&store, sums).await, [seek]);
        }
        for hours in [(1, 1), (24, 47)] {
            assert_eq!(
                seeks(&store, unknown_tokens_statement(DATABASE, hours, None)).await,
                ["usage_totals USING PRIMARY KEY (environment_id=? AND hour>? AND hour<?)"]
            );
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_an_export_seeks_its_page() {
        let store = new_store_without_scans().await;
        let database = DbBackend::Postgres;
        let (key, last) = (key(), KeyId::from_random("zzzzzzzzzz"));
        let after = Place {
            key_id: Some(key.clone()),
            endpoint_name: "chat".to_owned(),
            code: "VALID".to_owned(),
        };
        for statement in [
            usage_rows_statement(database, (Table::Hours, 1), None, None, &after, 5_000),
            usage_rows_statement(database, (Table::Days, 1), None, None, &after, 5_000),
            sums_of_day_statement(database, (24, 47), Keys::One(&key), None),
            sums_of_day_statement(database, (24, 47), Keys::Between(Some(&key), Some(&last)), None),
            unknown_tokens_statement(database, (24, 47), None),
        ] {
            assert_sought(&store, "usage_", statement).await;
        }
        store.close().await.unwrap();
    }
}
