//! Brings the schema up to date, inside a transaction that keeps other processes out.

use std::collections::BTreeSet;

use migrations::{BINDS_HEAD, BREAKS_OLDER_VERSIONS, LAST_WITHOUT_RULE, Migrator};
use model::time::{MINUTE, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};
use sea_orm_migration::{MigratorTrait, seaql_migrations};

use super::chain::sign_head_at_upgrade;
use super::database;
use super::nodes::refuse_while_nodes_run;
use crate::crypto::master_key::MasterKey;
use crate::error::{RefusedStart, Result};

/// The schema changes that were applied just now, oldest first.
pub type Applied = Vec<String>;

/// The stale limit of a node whose row has none, in milliseconds.
const STALE_LIMIT: i64 = 5 * MINUTE;

/// Applies the missing schema changes. The caller commits.
///
/// Where a newer version has changed the schema, nothing is missing, and this version works with it: migrations only add,
/// unless their names say that older versions do not survive them.
pub(super) async fn apply(transaction: &DatabaseTransaction, keys: &[&MasterKey]) -> Result<Applied> {
    Migrator::install(transaction).await?;
    let stored = stored(transaction).await?;
    let pending: Applied = known().filter(|name| !stored.contains(name)).collect();
    let newer = newer(&stored);
    if newer.is_empty() {
        Migrator::up(transaction, None).await?;
        // A database from before the rule has no node of a version that knows this name.
        let breaks = pending.iter().any(|name| name.ends_with(BREAKS_OLDER_VERSIONS));
        if breaks && stored.contains(LAST_WITHOUT_RULE) {
            let now = Timestamp(database::time(transaction).await?);
            refuse_while_nodes_run(transaction, now, STALE_LIMIT).await?;
        }
        if pending.iter().any(|name| name == BINDS_HEAD) {
            sign_head_at_upgrade(transaction, keys).await?;
        }
    } else if !pending.is_empty() || newer.iter().any(|name| name.ends_with(BREAKS_OLDER_VERSIONS)) {
        // No newer version lacks a migration of this one.
        return Err(RefusedStart::NewerSchema.into());
    } else {
        tracing::info!("a newer version has changed the schema of the database; this version goes on working with it");
    }
    Ok(pending)
}

/// Refuses a schema of which this version knows only a part.
pub(crate) async fn refuse_newer(db: &impl ConnectionTrait) -> Result<()> {
    if newer(&stored(db).await?).is_empty() {
        return Ok(());
    }
    Err(RefusedStart::NewerCopy.into())
}

/// The migrations of this version, oldest first.
fn known() -> impl Iterator<Item = String> {
    Migrator::migrations()
        .into_iter()
        .map(|migration| migration.name().to_owned())
}

/// The migrations that were applied to a database.
async fn stored(db: &impl ConnectionTrait) -> Result<BTreeSet<String>> {
    let rows = seaql_migrations::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Those that this version does not know.
fn newer(stored: &BTreeSet<String>) -> BTreeSet<String> {
    stored - &known().collect()
}
