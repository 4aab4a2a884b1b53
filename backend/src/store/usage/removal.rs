//! Removing counts that are too old, a batch at a time.

use model::id::EnvironmentId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::Table;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::statement::statement;

/// Number of rows that one statement removes.
const BATCH: u64 = 5_000;

/// A row's place in its table, as text: it only goes back to the database, so a row that nobody can read is removed in
/// time as well.
#[derive(Debug, FromQueryResult)]
pub(crate) struct RowPlace {
    /// Its Unix hour or day.
    at: i64,
    key_id: String,
    endpoint_name: String,
    code: String,
}

/// The row after the oldest batch, where that row is too old as well.
pub(crate) async fn row_after_batch(db: &impl ConnectionTrait, table: Table, before: i64) -> Result<Option<RowPlace>> {
    let statement = row_after_batch_statement(db.get_database_backend(), table, before);
    Ok(RowPlace::find_by_statement(statement).one(db).await?)
}

fn row_after_batch_statement(database: DbBackend, table: Table, before: i64) -> Statement {
    let (table, time) = table.names();
    let sql = format!(
        "SELECT {time} AS at, key_id, endpoint_name, code FROM {table} WHERE {time} < ?
         ORDER BY {time}, key_id, endpoint_name, code LIMIT 1 OFFSET {BATCH}"
    );
    statement(database, &sql, [Value::from(before)])
}

/// Removes everything before an hour or day.
pub(crate) async fn remove_before(db: &impl ConnectionTrait, table: Table, before: i64) -> Result<()> {
    db.execute_raw(remove_before_statement(db.get_database_backend(), table, before))
        .await?;
    Ok(())
}

fn remove_before_statement(database: DbBackend, table: Table, before: i64) -> Statement {
    let (table, time) = table.names();
    statement(
        database,
        &format!("DELETE FROM {table} WHERE {time} < ?"),
        [Value::from(before)],
    )
}

/// Removes everything before a row.
pub(crate) async fn remove_up_to(db: &impl ConnectionTrait, table: Table, place: RowPlace) -> Result<()> {
    db.execute_raw(remove_up_to_statement(db.get_database_backend(), table, place))
        .await?;
    Ok(())
}

fn remove_up_to_statement(database: DbBackend, table: Table, place: RowPlace) -> Statement {
    let (table, time) = table.names();
    let RowPlace {
        at,
        key_id,
        endpoint_name,
        code,
    } = place;
    let sql = format!("DELETE FROM {table} WHERE ({time}, key_id, endpoint_name, code) < (?, ?, ?, ?)");
    let place: [Value; 4] = [at.into(), key_id.into(), endpoint_name.into(), code.into()];
    statement(database, &sql, place)
}

/// Removes the totals of an environment, or of unknown tokens, before an hour.
pub(crate) async fn remove_totals(
    db: &impl ConnectionTrait,
    environment: Option<EnvironmentId>,
    before: i64,
) -> Result<()> {
    db.execute_raw(remove_totals_statement(db.get_database_backend(), environment, before))
        .await?;
    Ok(())
}

fn remove_totals_statement(database: DbBackend, environment: Option<EnvironmentId>, before: i64) -> Statement {
    let sql = "DELETE FROM usage_totals WHERE environment_id = ? AND hour < ?";
    statement(database, sql, [Value::from(Stored(environment)), Value::from(before)])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key, seeks};
    use super::*;
    use crate::store::sqlite::query_plan::empty_store;

    #[tokio::test]
    async fn removing_touches_only_what_is_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for table in [Table::Hours, Table::Days] {
            let (name, time) = table.names();
            let before = format!("{name} USING PRIMARY KEY ({time}<?)");
            assert_eq!(
                seeks(&store, row_after_batch_statement(DATABASE, table, 1)).await,
                [before.as_str()]
            );
            assert_eq!(
                seeks(&store, remove_before_statement(DATABASE, table, 1)).await,
                [before]
            );
            let place = RowPlace {
                at: 1,
                key_id: key().into(),
                endpoint_name: "chat".to_owned(),
                code: "VALID".to_owned(),
            };
            assert_eq!(
                seeks(&store, remove_up_to_statement(DATABASE, table, place)).await,
                [format!(
                    "{name} USING PRIMARY KEY (({time},key_id,endpoint_name,code)<(?,?,?,?))"
                )]
            );
        }
        assert_eq!(
            seeks(&store, remove_totals_statement(DATABASE, None, 1)).await,
            ["usage_totals USING PRIMARY KEY (environment_id=? AND hour<?)"]
        );
    }
}
