//! Stores the words of names for the search, where the key was written without them: before there were words, or by a node of an older
//! version.

use std::time::Duration;

use crate::error::Result;
use crate::keys::Keys;
use crate::store::database::begin;
use crate::store::key_words;
use crate::store::time_limit::{WRITE_LIMIT, within};

/// How often keys without words are looked for. Usually there are none, which one look at an index shows.
const INTERVAL: Duration = Duration::from_secs(2);
/// Number of keys in one transaction. Other writers wait some ten milliseconds for it.
const KEYS_PER_TRANSACTION: u64 = 500;
/// How long other writers have their turns between two transactions.
const REST: Duration = Duration::from_millis(20);

impl Keys {
    /// Stores missing words again and again. Runs for as long as the server does.
    pub async fn index_names_regularly(&self) {
        loop {
            match within(WRITE_LIMIT, self.index_some_names()).await {
                Ok(0) => tokio::time::sleep(INTERVAL).await,
                Ok(_) => tokio::time::sleep(REST).await,
                Err(error) => {
                    tracing::error!(%error, "cannot store the words of the names of keys; this is tried again");
                    tokio::time::sleep(INTERVAL).await;
                }
            }
        }
    }

    /// Stores all missing words. This is not a mutation, so it has no event and no change number. Returns the number of keys.
    pub async fn index_names(&self) -> Result<usize> {
        let mut all = 0;
        loop {
            let some = self.index_some_names().await?;
            if some == 0 {
                return Ok(all);
            }
            all += some;
        }
    }

    async fn index_some_names(&self) -> Result<usize> {
        // Most of the time there is nothing to do, and no turn is taken for it.
        if key_words::unindexed(&self.store.db, 1).await?.is_empty() {
            return Ok(0);
        }
        let _turn = self.store.turn().await?;
        let transaction = begin(&self.store.writer).await?;
        let some = key_words::index_some(&transaction, KEYS_PER_TRANSACTION).await?;
        transaction.commit().await?;
        Ok(some)
    }
}
