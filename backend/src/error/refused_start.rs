//! Files and master keys that do not belong together. An operator reads these.

use std::path::PathBuf;

/// Why a command does not start.
#[derive(Debug, thiserror::Error)]
pub enum RefusedStart {
    #[error(
        "this is not the master key that the database was made with; set LATCHKEY_MASTER_KEY or put back the file \
         master.key. When you are changing the master key, give the previous one as well: LATCHKEY_MASTER_KEY_PREVIOUS, \
         or the file master.key.previous"
    )]
    WrongMasterKey,
    #[error("cannot make the database file {}: {cause}", path.display())]
    DatabaseFile { path: PathBuf, cause: std::io::Error },
    /// The text of the database has no password.
    #[error("cannot connect to the database {database}: {cause}")]
    Unreachable { database: String, cause: String },
    #[error("this command works with a SQLite database only; use pg_dump and pg_restore for PostgreSQL")]
    SqliteOnly,
    #[error("the name of the file is not text")]
    FileName,
    #[error("this backup is damaged")]
    DamagedBackup,
    #[error("this is not a backup of Latchkey")]
    NotABackup,
}
