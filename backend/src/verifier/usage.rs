//! When keys were last used: noted in memory, stored in batches.

use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::Known;
use crate::backend::Backend;
use crate::database::begin;
use crate::entity::api_key;
use crate::error::Result;

/// How often what was noted is stored.
const FLUSH: Duration = Duration::from_secs(5);

/// The keys that were used since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Used(Mutex<Vec<Arc<Known>>>);

impl Used {
    /// Notes a use. Only the first since the last flush takes the lock.
    pub(super) fn note(&self, key: &Arc<Known>, now: Timestamp) {
        if key.used_at.swap(now.0, Ordering::Relaxed) == 0 {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::clone(key));
        }
    }

    fn take(&self) -> Vec<(String, i64)> {
        let used = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        used.iter()
            .map(|key| (key.id.to_string(), key.used_at.swap(0, Ordering::Relaxed)))
            .collect()
    }
}

impl Backend {
    /// Stores what was noted again and again. Runs for as long as the server does.
    pub async fn flush_usage_regularly(&self) {
        loop {
            tokio::time::sleep(FLUSH).await;
            if let Err(error) = self.flush_usage().await {
                tracing::error!(%error, "cannot store when keys were last used");
            }
        }
    }

    /// Stores what was noted until now. Not a mutation of the key: no audit event, no change number.
    pub async fn flush_usage(&self) -> Result<()> {
        let used = self.verifier().used().take();
        if used.is_empty() {
            return Ok(());
        }
        let _turn = self.writers.lock().await;
        let transaction = begin(&self.db).await?;
        for (id, at) in used {
            api_key::Entity::update_many()
                .col_expr(api_key::Column::LastUsedAt, Expr::value(at))
                .filter(api_key::Column::Id.eq(id))
                // Another node may have stored a later use.
                .filter(
                    api_key::Column::LastUsedAt
                        .is_null()
                        .or(api_key::Column::LastUsedAt.lt(at)),
                )
                .exec(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}
