//! Limits on the time that the database may take. A connection that was cut without a word never fails by itself, and
//! whoever waits on it for a turn to write keeps all others of this process waiting.

use std::time::Duration;

use crate::error::{Error, Result};

/// The longest time that what this process does by itself may take for one transaction, with the waiting for its turn.
/// Requests have a time limit of their own.
pub(crate) const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// Gives up after some time.
pub(crate) async fn within<T>(limit: Duration, asking: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::silent_database(limit)),
    }
}
