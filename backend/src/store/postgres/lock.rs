//! Transactions that write take turns at the head row, across all nodes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::byte_order::give_byte_order;
use super::connection::{connect_writer, is_broken};
use crate::crypto::master_key::MasterKey;
use crate::error::{Error, Outage, RefusedStart, Result};
use crate::store::location::DatabaseUrl;
use crate::store::migrate::{Applied, apply};
use crate::store::statement::{read_one, statement};
use crate::store::time_limit::within;

/// The number of the advisory lock under which the schema changes: "latchkey" in ASCII. Others may use such locks in the
/// same database.
const SCHEMA_LOCK: i64 = i64::from_be_bytes(*b"latchkey");

/// How long a schema change waits for those who use a table. Everybody who uses the table after that waits for it: also the
/// heartbeats of the other nodes, which may take a second more.
const WAIT_FOR_TABLES: &str = "SET LOCAL lock_timeout = '4s'";

/// How long taking a turn may last. PostgreSQL itself gives up waiting for the lock before that (`lock_timeout`).
const TURN_LIMIT: Duration = Duration::from_secs(12);

/// Begins a transaction that writes, and locks the head row. Each statement after that sees what was committed before it
/// (READ COMMITTED), and so everything that earlier holders of the lock have written.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    match within(TURN_LIMIT, take_turn(db)).await {
        // The connection broke since it was last used. Nothing was done on it.
        Err(Error::Outage { cause, .. }) if is_broken(&cause) => within(TURN_LIMIT, take_turn(db)).await,
        outcome => outcome,
    }
}

async fn take_turn(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let transaction = db.begin().await?;
    if !lock_head(&transaction).await? {
        // An empty database. Of the processes that find it at once, one fills it.
        lock_schema(&transaction).await?;
        lock_head(&transaction).await?;
    }
    Ok(transaction)
}

/// Locks the head row, if there is one.
async fn lock_head(transaction: &DatabaseTransaction) -> Result<bool> {
    let sql = "SELECT id FROM head WHERE id = 1 FOR UPDATE";
    let locked: Option<i32> = read_one(transaction, statement(transaction.get_database_backend(), sql, [])).await?;
    Ok(locked.is_some())
}

/// Keeps out other processes that would make the schema, or fill it, until the transaction ends.
pub(super) async fn lock_schema(transaction: &DatabaseTransaction) -> Result<()> {
    let lock = format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})");
    transaction.execute_unprepared(&lock).await?;
    Ok(())
}

/// Applies the missing schema changes, all of them or none. A connection keeps the statements that it has prepared, and those
/// that read a changed table fail from then on; so this connection is used for nothing else.
pub(crate) async fn migrate(url: &DatabaseUrl, keys: &[&MasterKey]) -> Result<Applied> {
    let db = connect_writer(url)?;
    let transaction = db.begin().await?;
    // Another process may take minutes for its schema changes.
    transaction.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
    lock_schema(&transaction).await?;
    transaction.execute_unprepared(WAIT_FOR_TABLES).await?;
    let applied = match change_schema(&transaction, keys).await {
        Err(error) if error.outage() == Some(Outage::Busy) => return Err(RefusedStart::SchemaInUse.into()),
        outcome => outcome?,
    };
    transaction.commit().await?;
    db.close().await?;
    Ok(applied)
}

async fn change_schema(transaction: &DatabaseTransaction, keys: &[&MasterKey]) -> Result<Applied> {
    let applied = apply(transaction, keys).await?;
    if !applied.is_empty() {
        give_byte_order(transaction).await?;
    }
    Ok(applied)
}
