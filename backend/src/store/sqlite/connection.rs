//! Opens a SQLite database, and begins transactions that write.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::crypto::master_key::MasterKey;
use crate::error::{RefusedStart, Result};
use crate::private_file;
use crate::store::migrate::{Applied, apply};

/// Number of connections of one process for reading.
const READERS: u32 = 6;
/// Pages that the write-ahead log holds before they are copied into the database: 16 MiB. A page that is written
/// several times before that is copied once (<https://sqlite.org/wal.html#performance_considerations>).
const LOG: &str = "4000";
/// Number of changed pages that a transaction keeps in memory until the commit, beyond the usual size of the cache: 64
/// MiB. Otherwise pages that lie far apart would each be written and read many times.
const CHANGED: &str = "16000";
/// How long a request waits for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// How long a writer waits for another process.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// Opens the connections for reading.
pub(crate) async fn connect(path: &Path) -> Result<DatabaseConnection> {
    open(path, READERS).await
}

/// Opens the one connection for transactions that write. They take turns anyway, and with one connection only one cache
/// holds the pages that they change.
pub(crate) async fn connect_writer(path: &Path) -> Result<DatabaseConnection> {
    open(path, 1).await
}

async fn open(path: &Path, connections: u32) -> Result<DatabaseConnection> {
    make_private(path)?;
    let path = path.to_owned();
    // The options below set the path: in a URL, some characters of a path would have another meaning.
    let mut options = ConnectOptions::new("sqlite://latchkey.db");
    options
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .sqlx_logging(false)
        // The check after each use replaces it.
        .test_before_acquire(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    // After this, the rollback of an abandoned transaction has run.
                    connection.ping().await?;
                    // On a full disk, SQLite ends a transaction by itself, or a rollback fails. Then sqlx counts wrongly: the
                    // connection could begin no transaction any more, or hold the lock for ever. So it is closed.
                    Ok(!connection.is_in_transaction())
                })
            })
        })
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                // The file was made above. Where it is gone later, a new connection must not find an empty database.
                .create_if_missing(false)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("wal_autocheckpoint", LOG)
                .pragma("cache_spill", CHANGED)
                .busy_timeout(BUSY)
        });
    // Boxed, since it is large, and would make every future that opens a database large.
    Ok(Box::pin(Database::connect(options)).await?)
}

/// Creates the file, which only its owner may read. SQLite gives the files beside it the mode of this file.
fn make_private(path: &Path) -> Result<()> {
    match private_file::create(path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(RefusedStart::DatabaseFile {
            path: path.to_owned(),
            cause,
        }
        .into()),
        _ => Ok(()),
    }
}

/// Applies the missing schema changes, all of them or none.
pub(crate) async fn migrate(db: &DatabaseConnection, keys: &[&MasterKey]) -> Result<Applied> {
    let transaction = begin(db).await?;
    let applied = apply(&transaction, keys).await?;
    transaction.commit().await?;
    Ok(applied)
}

/// Begins a transaction that writes. It takes the lock at once, since a transaction that begins with a read may be
/// refused at its first write.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(db.begin_with_options(options).await?)
}
