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
    #[error("a server is running over this database; stop it first")]
    ServerRuns,
    /// A node that nobody has heard from for a while may still run, cut off from the database.
    #[error(
        "the node {name} did not say that it stopped, and could answer gateways until {until} UTC; make sure that it is \
         stopped, and wait until then"
    )]
    NodeCouldAnswer { name: String, until: String },
    #[error(
        "a newer version of Latchkey has changed this database in a way that this version does not understand; start the \
         newer version"
    )]
    NewerSchema,
    #[error(
        "the schema of the database has to be changed for this version, and another process, such as a backup, uses it for \
         too long; nothing was changed, start again when that has ended"
    )]
    SchemaInUse,
    #[error("this database has the schema of a newer version of Latchkey; use that version to copy or to replace it")]
    NewerCopy,
    #[error("the name of the file is not text")]
    FileName,
    #[error("this backup is damaged")]
    DamagedBackup,
    #[error("this is not a backup of Latchkey")]
    NotABackup,
}
