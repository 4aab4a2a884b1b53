//! Transactions that write take turns at the head row, across all nodes.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::byte_order::give_byte_order;
use super::connection::connect_writer;
use crate::crypto::master_key::MasterKey;
use crate::error::Result;
use crate::store::location::DatabaseUrl;
use crate::store::migrate::{Applied, apply};
use crate::store::statement::{read_one, statement};

/// The number of the advisory lock under which the schema changes: "latchkey" in ASCII. Others may use such locks in the
/// same database.
const SCHEMA_LOCK: i64 = i64::from_be_bytes(*b"latchkey");

/// Begins a transaction that writes, and locks the head row. Each statement after that sees what was committed before it
/// (READ COMMITTED), and so everything that earlier holders of the lock have written. Where there is no head row yet, the
/// table is locked.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let transaction = db.begin().await?;
    let sql = "SELECT id FROM head WHERE id = 1 FOR UPDATE";
    let locked: Option<i32> = read_one(&transaction, statement(transaction.get_database_backend(), sql, [])).await?;
    if locked.is_none() {
        transaction
            .execute_unprepared("LOCK TABLE head IN EXCLUSIVE MODE")
            .await?;
    }
    Ok(transaction)
}

/// Applies the missing schema changes, all of them or none. A connection keeps the statements that it has prepared, and those
/// that read a changed table fail from then on; so this connection is used for nothing else.
pub(crate) async fn migrate(url: &DatabaseUrl, keys: &[&MasterKey]) -> Result<Applied> {
    let db = connect_writer(url)?;
    let transaction = db.begin().await?;
    // Another process may take minutes for its schema changes.
    transaction.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
    let lock = format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})");
    transaction.execute_unprepared(&lock).await?;
    let applied = apply(&transaction, keys).await?;
    if !applied.is_empty() {
        give_byte_order(&transaction).await?;
    }
    transaction.commit().await?;
    db.close().await?;
    Ok(applied)
}
