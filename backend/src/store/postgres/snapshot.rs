//! Transactions that read a snapshot, and see nothing that is committed later.

use sea_orm::{AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, IsolationLevel, TransactionTrait};

use crate::error::{Error, Result};
use crate::store::statement::{read_one, statement};

/// Begins a transaction that reads a snapshot. Its first statement takes the snapshot.
pub(crate) async fn begin_snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    Ok(db
        .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
        .await?)
}

/// Begins two transactions that read the same snapshot: the second imports that of the first
/// (<https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION>).
pub(crate) async fn begin_two_snapshots(db: &DatabaseConnection) -> Result<(DatabaseTransaction, DatabaseTransaction)> {
    let one = begin_snapshot(db).await?;
    let export = statement(one.get_database_backend(), "SELECT pg_export_snapshot()", []);
    let name: Option<String> = read_one(&one, export).await?;
    // The name cannot be a parameter of the statement.
    let name = name.filter(|name| name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-'));
    let name = name.ok_or_else(|| Error::Internal("the database exports no snapshot".to_owned()))?;
    let other = begin_snapshot(db).await?;
    other
        .execute_unprepared(&format!("SET TRANSACTION SNAPSHOT '{name}'"))
        .await?;
    Ok((one, other))
}
