//! Failures of the database that are nobody's mistake: it is away, full, read-only or busy. Waiting helps. This is the one place
//! that tells them from mistakes in Latchkey.

use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::PgDatabaseError;

use super::Error;

/// In what way the database is not available, with the sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// It did not answer, or its file cannot be read. What had begun was not committed.
    #[error("The console cannot reach its database. Nothing was changed. Try again in a moment.")]
    Unreachable,
    /// It answers, and its disk is full, or it is read-only.
    #[error("The database stores nothing at present: its disk is full, or it is read-only. Nothing was changed.")]
    CannotStore,
    /// It answers, and another transaction has kept its lock for too long.
    #[error("The database is busy with another change. Nothing was changed. Try again in a moment.")]
    Busy,
    /// The connection broke while a transaction was being committed, or the answer came too late.
    #[error(
        "The console has lost its database. It is not known whether the change was made: look before you try again, as soon as \
         the database answers."
    )]
    OutcomeUnknown,
}

impl Outage {
    /// Whole seconds after which it is worth asking again.
    pub const RETRY_AFTER: i64 = 5;

    /// The sentence for a person who only wanted to read.
    pub fn sentence_for_reading(self) -> String {
        match self {
            Self::Unreachable | Self::OutcomeUnknown => "The console cannot reach its database.".to_owned(),
            outage => outage.to_string(),
        }
    }

    /// Whether the database cannot even be read, so that no screen can be shown.
    pub const fn hides_screens(self) -> bool {
        matches!(self, Self::Unreachable | Self::OutcomeUnknown)
    }

    /// What a failure means; `None` if it is a mistake in Latchkey, or cannot be explained.
    pub(super) fn of(error: &DbErr) -> Option<Self> {
        let cause = match error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => of_sqlx(cause),
            _ => None,
        };
        // Whatever else kept a connection from being opened, such as a changed password.
        let connecting = matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)).then_some(Self::Unreachable);
        cause.or(connecting)
    }
}

fn of_sqlx(error: &sqlx::Error) -> Option<Outage> {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Some(Outage::Unreachable),
        sqlx::Error::Database(error) => {
            let code = error.code()?;
            if error.try_downcast_ref::<PgDatabaseError>().is_some() {
                of_postgres(&code)
            } else if error.try_downcast_ref::<SqliteError>().is_some() {
                of_sqlite(code.parse().ok()?)
            } else {
                None
            }
        }
        _ => None,
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let outage = error.sqlite_error().and_then(|it| of_sqlite(it.extended_code));
        let cause = DbErr::Custom(error.to_string());
        match outage {
            Some(outage) => Self::Outage { outage, cause },
            None => Self::Database(cause),
        }
    }
}

/// What a code of PostgreSQL means (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn of_postgres(code: &str) -> Option<Outage> {
    match code {
        // disk_full, read_only_sql_transaction
        "53100" | "25006" => Some(Outage::CannotStore),
        // lock_not_available, serialization_failure, deadlock_detected, query_canceled
        "55P03" | "40001" | "40P01" | "57014" => Some(Outage::Busy),
        // idle_in_transaction_session_timeout, transaction_timeout, data_corrupted, index_corrupted
        "25P03" | "25P04" | "XX001" | "XX002" => Some(Outage::Unreachable),
        // Connection exceptions, insufficient resources, operator intervention, system errors
        _ => ["08", "53", "57P", "58"]
            .into_iter()
            .any(|class| code.starts_with(class))
            .then_some(Outage::Unreachable),
    }
}

/// What an extended result code of SQLite means (<https://sqlite.org/rescode.html>). Its last byte is the primary code.
fn of_sqlite(code: i32) -> Option<Outage> {
    match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Some(Outage::Busy),
        // SQLITE_READONLY, SQLITE_FULL
        8 | 13 => Some(Outage::CannotStore),
        // SQLITE_PERM, SQLITE_NOMEM, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_PROTOCOL, SQLITE_NOTADB
        3 | 7 | 10 | 11 | 14 | 15 | 26 => Some(Outage::Unreachable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

    use super::*;

    async fn in_memory() -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        Box::pin(Database::connect(options)).await.unwrap()
    }

    async fn outage_of(db: &DatabaseConnection, sql: &str) -> Option<Outage> {
        let error = db.execute_unprepared(sql).await.unwrap_err();
        Outage::of(&error)
    }

    #[tokio::test]
    async fn a_full_and_a_read_only_database_store_nothing() {
        let db = Box::pin(in_memory()).await;
        db.execute_unprepared("CREATE TABLE rows (text TEXT); PRAGMA max_page_count = 8")
            .await
            .unwrap();
        let insert = "INSERT INTO rows VALUES (hex(zeroblob(100000)))";
        assert_eq!(outage_of(&db, insert).await, Some(Outage::CannotStore));
        db.execute_unprepared("PRAGMA query_only = on").await.unwrap();
        assert_eq!(
            outage_of(&db, "INSERT INTO rows VALUES ('a')").await,
            Some(Outage::CannotStore)
        );
    }

    #[tokio::test]
    async fn a_statement_that_cannot_work_is_no_outage() {
        let db = Box::pin(in_memory()).await;
        for sql in ["SELECT * FROM missing", "SELEC 1"] {
            assert_eq!(outage_of(&db, sql).await, None, "{sql}");
        }
    }

    #[tokio::test]
    async fn a_closed_pool_and_a_file_that_is_no_database_are_unreachable() {
        let db = Box::pin(in_memory()).await;
        db.close_by_ref().await.unwrap();
        assert_eq!(outage_of(&db, "SELECT 1").await, Some(Outage::Unreachable));

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broken.db");
        std::fs::write(&file, "no database ".repeat(1000)).unwrap();
        let url = format!("sqlite://{}", file.display());
        let read = match Box::pin(Database::connect(url)).await {
            Ok(db) => outage_of(&db, "SELECT * FROM sqlite_schema").await,
            Err(error) => Outage::of(&error),
        };
        assert_eq!(read, Some(Outage::Unreachable));
    }

    #[test]
    fn the_codes_of_postgresql_are_told_apart() {
        for (code, outage) in [
            ("53100", Some(Outage::CannotStore)),
            ("25006", Some(Outage::CannotStore)),
            ("55P03", Some(Outage::Busy)),
            ("57P01", Some(Outage::Unreachable)),
            ("57P03", Some(Outage::Unreachable)),
            ("08006", Some(Outage::Unreachable)),
            ("53300", Some(Outage::Unreachable)),
            // A unique violation, a missing table, a syntax error
            ("23505", None),
            ("42P01", None),
            ("42601", None),
        ] {
            assert_eq!(of_postgres(code), outage, "{code}");
        }
    }
}
