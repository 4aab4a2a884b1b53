//! Replaces the whole content of a database in one transaction.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::connection::{connect_writer, try_to_connect};
use super::lock::{lock_schema, migrate};
use crate::error::Result;
use crate::store::location::DatabaseUrl;
use crate::store::migrate::refuse_newer;

/// Begins a transaction that will replace the content of a database, after its schema was brought up to date, as at every
/// start. Until it ends, no other process starts, or begins a transaction that writes.
pub(crate) async fn begin_replacing(url: &DatabaseUrl) -> Result<(DatabaseConnection, DatabaseTransaction)> {
    try_to_connect(url).await?;
    // PostgreSQL never had a version whose head would have to be signed again, so this needs no master key.
    migrate(url, &[]).await?;
    let db = connect_writer(url)?;
    let transaction = db.begin().await?;
    // Between two statements, this process may write files for a while.
    transaction
        .execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0")
        .await?;
    lock_schema(&transaction).await?;
    refuse_newer(&transaction).await?;
    // Whoever has begun to write is waited for. A lock on the row alone would let others read the table, and emptying it
    // would wait for them while they wait for the row.
    transaction
        .execute_unprepared("LOCK TABLE head IN ACCESS EXCLUSIVE MODE")
        .await?;
    Ok((db, transaction))
}

/// Removes all rows of these tables, whatever their triggers refuse.
pub(crate) async fn empty(transaction: &DatabaseTransaction, tables: &[&'static str]) -> Result<()> {
    let names = tables.join(", ");
    let triggers = |able: &str| {
        let statements = tables
            .iter()
            .map(|table| format!("ALTER TABLE {table} {able} TRIGGER USER"));
        statements.collect::<Vec<_>>().join("; ")
    };
    for sql in [triggers("DISABLE"), format!("TRUNCATE {names}"), triggers("ENABLE")] {
        transaction.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Gathers statistics of these tables, which were filled just now. Autovacuum would do so later, and until then
/// PostgreSQL would choose its plans for empty tables.
pub(crate) async fn gather_statistics(transaction: &DatabaseTransaction, tables: &[&'static str]) -> Result<()> {
    let sql = format!("ANALYZE {}", tables.join(", "));
    transaction.execute_unprepared(&sql).await?;
    Ok(())
}
