//! Brings the schema up to date, inside a transaction that keeps other processes out.

use migrations::{BINDS_HEAD, Migrator};
use sea_orm::DatabaseTransaction;
use sea_orm_migration::MigratorTrait;

use super::chain::sign_head_at_upgrade;
use crate::crypto::master_key::MasterKey;
use crate::error::Result;

/// The schema changes that were applied just now, oldest first.
pub type Applied = Vec<String>;

/// Applies the missing schema changes. The caller commits.
pub(super) async fn apply(transaction: &DatabaseTransaction, keys: &[&MasterKey]) -> Result<Applied> {
    Migrator::install(transaction).await?;
    let pending = Migrator::get_pending_migrations(transaction).await?;
    let names: Applied = pending.iter().map(|migration| migration.name().to_owned()).collect();
    Migrator::up(transaction, None).await?;
    if names.iter().any(|name| name == BINDS_HEAD) {
        sign_head_at_upgrade(transaction, keys).await?;
    }
    Ok(names)
}
