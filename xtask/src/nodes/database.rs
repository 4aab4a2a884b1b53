//! The database that the nodes share, and statements that look into it behind their backs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::postgres::Postgres;
use crate::command::{find, output_of};
use crate::setup::apt;

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug)]
pub(crate) enum Database {
    /// The file in the data folder.
    Sqlite(PathBuf),
    Postgres(Postgres),
}

impl Engine {
    pub(crate) const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

impl Database {
    /// The file in this data folder. It exists as soon as a node has started.
    pub(crate) fn sqlite(data: &Path) -> Result<Database> {
        if find("sqlite3").is_none() {
            apt::ensure(&["sqlite3"], "look into the database")?;
        }
        Ok(Database::Sqlite(data.join("latchkey.db")))
    }

    /// The URL for the nodes; none for SQLite, which is where they look by themselves.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Database::Sqlite(_) => None,
            Database::Postgres(server) => Some(Postgres::url(server.port())),
        }
    }

    /// The server, where the database is PostgreSQL.
    pub(crate) fn postgres(&mut self) -> Result<&mut Postgres> {
        match self {
            Database::Postgres(server) => Ok(server),
            Database::Sqlite(_) => bail!("SQLite is no server"),
        }
    }

    /// Runs a statement. Each line is a row, with `|` between the columns.
    pub(crate) fn query(&self, sql: &str) -> Result<String> {
        match self {
            Database::Sqlite(file) => output_of(
                Command::new("sqlite3")
                    .args(["-batch", "-cmd", ".timeout 10000"])
                    .arg(file)
                    .arg(sql),
            ),
            Database::Postgres(server) => server.query(sql),
        }
    }

    /// Runs a statement on a table, without the triggers that refuse it.
    pub(crate) fn change_behind_triggers(&self, table: &str, sql: &str) -> Result<()> {
        match self {
            Database::Sqlite(_) => {
                let triggers = format!(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}' ORDER BY name"
                );
                let names = self.query(&triggers)?;
                let bodies = self.query(&format!(
                    "SELECT sql || ';' FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
                ))?;
                let drops: String = names.lines().flat_map(|name| ["DROP TRIGGER ", name, ";\n"]).collect();
                self.query(&format!("BEGIN IMMEDIATE;\n{drops}{sql};\n{bodies}\nCOMMIT;"))
                    .map(drop)
            }
            Database::Postgres(server) => server
                .query(&format!("SET session_replication_role = replica; {sql}"))
                .map(drop),
        }
    }
}
