//! Everything that works with SQLite only. `postgres` has the same functions, and `store::database` chooses.

mod connection;
mod key_reader;
#[cfg(test)]
pub(crate) mod query_plan;

use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::statement::{read_one, statement};
use crate::error::{Error, RefusedStart, Result};

pub(crate) use self::connection::{begin, connect, connect_writer, migrate};
pub(crate) use self::key_reader::KeyReader;

/// Begins a transaction that reads a snapshot. Its first read takes the snapshot.
pub(crate) async fn begin_snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    Ok(db.begin().await?)
}

/// The number of keys, by the number of the last row.
pub(crate) async fn count_keys(transaction: &DatabaseTransaction) -> Result<usize> {
    let sql = "SELECT COALESCE(max(rowid), 0) FROM api_keys";
    let last: Option<i64> = read_one(transaction, statement(transaction.get_database_backend(), sql, [])).await?;
    Ok(usize::try_from(last.unwrap_or_default()).unwrap_or_default())
}

/// Writes a consistent copy into an empty file. Others can use the database meanwhile
/// (<https://sqlite.org/lang_vacuum.html#vacuuminto>).
pub(crate) async fn copy_into(db: &DatabaseConnection, file: &Path) -> Result<()> {
    let file = file.to_str().ok_or(RefusedStart::FileName)?;
    let copy = statement(db.get_database_backend(), "VACUUM INTO ?", [file.into()]);
    db.execute_raw(copy).await?;
    Ok(())
}

/// Removes a database file that nobody has open, and the files that SQLite stores beside it. What is not there is no failure.
pub(crate) fn remove(file: &Path) {
    let _ = fs::remove_file(file);
    for ending in ["-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        let _ = fs::remove_file(name);
    }
}

/// Whether the pages of the database file fit together (<https://sqlite.org/pragma.html#pragma_quick_check>).
pub(crate) async fn is_undamaged(db: &DatabaseConnection) -> Result<bool> {
    let check = statement(db.get_database_backend(), "PRAGMA quick_check(1)", []);
    let answer: Option<String> = read_one(db, check).await?;
    Ok(answer.as_deref() == Some("ok"))
}

/// The folder with the locks of the nodes that share the database file.
pub(crate) fn lock_folder(path: &Path) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_owned();
    name.push("-nodes");
    Some(path.with_file_name(name))
}

/// The database's clock, in Unix milliseconds.
pub(crate) async fn time(db: &impl ConnectionTrait) -> Result<i64> {
    let sql = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    let time = read_one(db, statement(db.get_database_backend(), sql, [])).await?;
    time.ok_or_else(|| Error::Internal("the database does not tell the time".to_owned()))
}

/// Makes SQLite gather statistics of its tables, by which it chooses between two usable indexes. This is quick: SQLite
/// reads a sample, and only where much has changed (<https://sqlite.org/pragma.html#pragma_optimize>).
pub(crate) async fn gather_statistics(db: &DatabaseConnection) -> Result<()> {
    db.execute_unprepared("PRAGMA analysis_limit = 20000; PRAGMA optimize = 0x10002")
        .await?;
    Ok(())
}

/// Lets a transaction keep the pages that it changes in memory, up to 512 MiB. Otherwise the pages of indexes in random
/// order would be read and written again and again. The setting stays on the connection, and so for a command that
/// creates many keys.
pub(crate) async fn enlarge_page_cache(transaction: &DatabaseTransaction) -> Result<()> {
    transaction.execute_unprepared("PRAGMA cache_size = -524288").await?;
    Ok(())
}

/// Whether a key was granted some endpoints and not all. The condition is written as in the index `api_keys_spare`, since
/// SQLite uses a partial index only for the condition of that index (<https://sqlite.org/partialindex.html>). It works
/// with SQLite only: other databases do not compare a boolean with a number.
pub(crate) fn has_some_endpoints() -> Expr {
    Expr::cust("all_endpoints = 0")
}
