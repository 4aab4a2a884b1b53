//! Opens a PostgreSQL database.

use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::error::{RefusedStart, Result};
use crate::store::location::DatabaseUrl;

/// How long a request waits for a connection. Within this time, one that was cut off is noticed and replaced.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection may take that is opened to find out what is wrong.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);
/// How long a connection that is free may take to answer, before it is replaced.
const PING_LIMIT: Duration = Duration::from_secs(2);
/// A connection that was used within this time is taken without asking whether it still works.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// The least connections for reading: two load the index, and one is for everything else.
const READERS_MIN: u32 = 3;

/// What every connection asks for. The server's own keepalive ends the transaction of a node that was cut off, since all others
/// wait for its lock on the head. A pooler such as `PgBouncer` does not pass on options of the start, so these are statements.
const SETTINGS: &str = "SET client_min_messages = warning; SET lock_timeout = '10s';
     SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";
/// What the connection for writing asks for as well. PostgreSQL ends the transaction of a node that was stopped. The time is shorter
/// than `lock_timeout`, so that those who wait for it get their turn.
const WRITER_SETTINGS: &str = "SET idle_in_transaction_session_timeout = '8s'";

/// Opens the connections for reading, after one connection has worked: a pool's error says only that time is over.
pub(crate) async fn connect(url: &DatabaseUrl, connections: u32) -> Result<DatabaseConnection> {
    try_to_connect(url).await?;
    let readers = connections.saturating_sub(1).max(READERS_MIN);
    let pool = pool(options(url)?, readers, &[SETTINGS]);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Opens a connection, and closes it again. An error says what is wrong.
pub(crate) async fn try_to_connect(url: &DatabaseUrl) -> Result<()> {
    let options = options(url)?;
    let cause = match tokio::time::timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => {
            // It worked, whatever becomes of it now.
            let _ = connection.close().await;
            return Ok(());
        }
        Ok(Err(error)) => in_words(&error),
        Err(_) => format!("no answer within {} seconds", CONNECT_LIMIT.as_secs()),
    };
    let database = url.to_string();
    Err(RefusedStart::Unreachable { database, cause }.into())
}

/// Opens the one connection for transactions that write.
pub(crate) fn connect_writer(url: &DatabaseUrl) -> Result<DatabaseConnection> {
    let pool = pool(options(url)?, 1, &[SETTINGS, WRITER_SETTINGS]);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// A connection of its own to listen on.
pub(super) fn listening(url: &DatabaseUrl) -> Result<PgPool> {
    Ok(pool(options(url)?, 1, &[SETTINGS]))
}

fn options(url: &DatabaseUrl) -> Result<PgConnectOptions> {
    let options = url.options().map_err(|error| RefusedStart::Unreachable {
        database: url.to_string(),
        cause: error.to_string(),
    })?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("latchkey"),
    };
    Ok(options.disable_statement_logging())
}

/// Whether a statement failed because its connection was closed, by the network or by PostgreSQL itself (class 57P).
pub(super) fn is_broken(error: &DbErr) -> bool {
    let Some(error) = cause(error) else {
        return false;
    };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || code.is_some_and(|code| code.starts_with("57P"))
}

/// The error of sqlx behind an error of SeaORM.
pub(crate) fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(&**error),
        _ => None,
    }
}

/// A pool notices connections that were cut without a word, since sqlx sets no keepalive on its side.
fn pool(options: PgConnectOptions, connections: u32, settings: &'static [&'static str]) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for setting in settings {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        })
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move { Ok(meta.idle_for < TRUSTED_FOR || answers(connection).await) })
        })
        // A request that gave up waiting leaves its answer on the connection.
        .after_release(|connection, _| Box::pin(async move { Ok(answers(connection).await) }))
        .connect_lazy_with(options)
}

/// Whether a connection still works. One that does not is replaced, and whoever needed it tells what went wrong.
async fn answers(connection: &mut PgConnection) -> bool {
    let answer = tokio::time::timeout(PING_LIMIT, connection.ping()).await;
    answer.is_ok_and(|answer| answer.is_ok())
}

/// What went wrong, without the place in the source of PostgreSQL that found it.
pub(crate) fn in_words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => format!("no connection within {} seconds", ACQUIRE_LIMIT.as_secs()),
        error => error.to_string(),
    }
}
