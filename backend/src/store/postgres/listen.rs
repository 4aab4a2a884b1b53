//! A node tells the others of its changes (<https://www.postgresql.org/docs/current/sql-notify.html>). Notices may be
//! lost, so nodes also ask from time to time.

use std::convert::Infallible;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;

use super::connection::{in_words, listening};
use crate::error::Result;
use crate::store::location::DatabaseUrl;

const CHANNEL: &str = "latchkey_changes";

/// How long the listener waits for a notice before it checks that its connection still works.
const QUIET: Duration = Duration::from_secs(5);
/// How long that may take.
const CHECK_LIMIT: Duration = Duration::from_secs(2);
/// The pause before the listener connects again. Meanwhile, the node asks for changes.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends a notice when the transaction commits.
pub(crate) async fn announce(transaction: &DatabaseTransaction) -> Result<()> {
    transaction.execute_unprepared("NOTIFY latchkey_changes").await?;
    Ok(())
}

/// Wakes `changed` at each notice, and after each time in which notices may have been lost. Runs until it is dropped.
pub(crate) async fn listen(url: &DatabaseUrl, changed: &Notify) -> Result<Infallible> {
    let pool = listening(url)?;
    let mut told = false;
    loop {
        let Err(error) = listen_until_lost(&pool, changed, &mut told).await;
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(
                "PostgreSQL does not tell this node of changes, so it goes on asking for them: {}",
                in_words(&error)
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_until_lost(pool: &PgPool, changed: &Notify, told: &mut bool) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    if std::mem::replace(told, false) {
        tracing::info!("PostgreSQL tells this node of changes again");
    }
    // What was committed while nobody listened.
    changed.notify_one();
    loop {
        match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(_))) => changed.notify_one(),
            Ok(Ok(None)) => return Err(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())),
            Ok(Err(error)) => return Err(error),
            Err(_) => match tokio::time::timeout(CHECK_LIMIT, listener.execute("SELECT 1")).await {
                Ok(answer) => {
                    answer?;
                }
                Err(_) => return Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
            },
        }
    }
}
