//! The number of open sessions, for the metrics.

use std::time::Duration;

use tokio::sync::Mutex;

use super::Accounts;
use crate::store::sessions;

/// How long a number is shown before the database is asked again, in milliseconds.
const VALID: i64 = 15_000;
/// How long the database may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// The last known number, and when the database was last asked for it.
#[derive(Debug, Default)]
pub(super) struct SessionCount(Mutex<(Option<u64>, Option<i64>)>);

impl Accounts {
    /// The number of open sessions, as it was at most 15 seconds ago. While the database does not answer, the last known number;
    /// `None` where it is not known at all.
    pub async fn count_open_sessions(&self) -> Option<u64> {
        let mut known = self.open_sessions.0.lock().await;
        let (count, asked_at) = &mut *known;
        let now = self.store.clock.elapsed();
        if asked_at.is_none_or(|asked_at| now - asked_at >= VALID) {
            *asked_at = Some(now);
            let counted = sessions::count_open(&self.store.db, self.store.now());
            if let Ok(Ok(counted)) = tokio::time::timeout(TIMEOUT, counted).await {
                *count = Some(counted);
            }
        }
        *count
    }
}
