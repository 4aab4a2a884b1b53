//! What each database does in its own way: the one place that chooses between the folders `sqlite` and `postgres`.
//!
//! Large futures are boxed, so that those that contain them stay small.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend};
use tokio::sync::Notify;

use super::location::Location;
use super::migrate::{Applied, refuse_newer};
use super::{copy, postgres, sqlite};
use crate::crypto::master_key::MasterKey;
use crate::error::Result;
use crate::settings::Settings;

/// Opens the connections for reading.
pub(crate) async fn connect(location: &Location, settings: &Settings) -> Result<DatabaseConnection> {
    match location {
        Location::Sqlite(path) => sqlite::connect(path).await,
        Location::Postgres(url) => Box::pin(postgres::connect(url, settings.database_connections)).await,
    }
}

/// Opens a connection, and closes it again. An error says what is wrong.
pub(crate) async fn try_to_connect(location: &Location) -> Result<()> {
    match location {
        Location::Sqlite(_) => Ok(()),
        Location::Postgres(url) => Box::pin(postgres::try_to_connect(url)).await,
    }
}

/// Opens the one connection for transactions that write. Those of one process take turns anyway.
pub(crate) async fn connect_writer(location: &Location) -> Result<DatabaseConnection> {
    match location {
        Location::Sqlite(path) => sqlite::connect_writer(path).await,
        Location::Postgres(url) => postgres::connect_writer(url),
    }
}

/// Applies the missing schema changes, all of them or none. Two processes that start at once take turns: the second
/// finds nothing left to do. `keys` are the master keys that the database may be under: one of the schema changes gives
/// the head a new MAC.
pub(crate) async fn migrate(location: &Location, db: &DatabaseConnection, keys: &[&MasterKey]) -> Result<Applied> {
    match location {
        Location::Postgres(url) => postgres::migrate(url, keys).await,
        Location::Sqlite(_) => sqlite::migrate(db, keys).await,
    }
}

/// Begins a transaction that writes. It waits for its turn: all transactions that are begun here, in every process, have
/// an order, and each sees everything that the ones before it have committed.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    match db.get_database_backend() {
        DbBackend::Postgres => Box::pin(postgres::begin(db)).await,
        _ => sqlite::begin(db).await,
    }
}

/// Begins a transaction that reads, and sees the database as it is now for as long as it lasts.
pub(crate) async fn begin_snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres::begin_snapshot(db).await,
        _ => sqlite::begin_snapshot(db).await,
    }
}

/// Writes a consistent copy into an empty SQLite file. Others can use the database meanwhile.
pub(crate) async fn copy_into(db: &DatabaseConnection, file: &Path) -> Result<()> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let snapshot = postgres::begin_snapshot(db).await?;
            // The copy of a schema that is known only in part would lack what is not known.
            refuse_newer(&snapshot).await?;
            copy::write_file(&snapshot, file).await?;
            Ok(snapshot.rollback().await?)
        }
        _ => sqlite::copy_into(db, file).await,
    }
}

/// Tells the other nodes, at the commit of this transaction, that there is a change.
pub(crate) async fn announce(transaction: &DatabaseTransaction) -> Result<()> {
    match transaction.get_database_backend() {
        DbBackend::Postgres => postgres::announce(transaction).await,
        // Other processes ask for changes.
        _ => Ok(()),
    }
}

/// Wakes `changed` when another process tells of a change. Runs until it is dropped.
pub(crate) async fn listen(location: &Location, changed: &Notify) -> Result<Infallible> {
    match location {
        Location::Postgres(url) => Box::pin(postgres::listen(url, changed)).await,
        Location::Sqlite(_) => Ok(std::future::pending().await),
    }
}

/// The folder with the locks of the nodes that share the database, where they run on one machine.
pub(crate) fn lock_folder(location: &Location) -> Option<PathBuf> {
    match location {
        Location::Sqlite(path) => sqlite::lock_folder(path),
        Location::Postgres(_) => None,
    }
}

/// The database's clock, in Unix milliseconds.
pub(crate) async fn time(db: &impl ConnectionTrait) -> Result<i64> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres::time(db).await,
        _ => sqlite::time(db).await,
    }
}

/// Makes the database gather statistics of its tables, by which it chooses between two usable indexes.
pub(crate) async fn gather_statistics(db: &DatabaseConnection) -> Result<()> {
    match db.get_database_backend() {
        // Autovacuum does it (<https://www.postgresql.org/docs/current/routine-vacuuming.html>).
        DbBackend::Postgres => Ok(()),
        _ => sqlite::gather_statistics(db).await,
    }
}

/// Lets a transaction keep many changed pages in memory.
pub(crate) async fn enlarge_page_cache(transaction: &DatabaseTransaction) -> Result<()> {
    match transaction.get_database_backend() {
        // The pages are in the memory of the database, which its administrator sets.
        DbBackend::Postgres => Ok(()),
        _ => sqlite::enlarge_page_cache(transaction).await,
    }
}

/// Whether a key was granted some endpoints and not all, written as in the index `api_keys_spare`.
pub(crate) fn has_some_endpoints(database: DbBackend) -> Expr {
    match database {
        DbBackend::Postgres => postgres::has_some_endpoints(),
        _ => sqlite::has_some_endpoints(),
    }
}
