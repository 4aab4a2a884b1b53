//! Transactions that read a snapshot, and see nothing that is committed later.

use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};

use crate::error::Result;
use crate::store::change_number;

/// Begins a transaction that reads a snapshot. Its first read takes the snapshot.
pub(crate) async fn begin_snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    Ok(db.begin().await?)
}

/// Begins two transactions that read the same snapshot. SQLite has no way to ask for that, so a pair that fell on both
/// sides of a change is given up.
pub(crate) async fn begin_two_snapshots(db: &DatabaseConnection) -> Result<(DatabaseTransaction, DatabaseTransaction)> {
    let mut one = db.begin().await?;
    let mut number = change_number(&one).await?;
    loop {
        let other = db.begin().await?;
        let newer = change_number(&other).await?;
        if newer == number {
            return Ok((one, other));
        }
        one.rollback().await?;
        (one, number) = (other, newer);
    }
}
