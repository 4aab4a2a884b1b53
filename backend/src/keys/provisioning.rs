//! From PROVISIONING to ACTIVE: the clocks are compared, and every live node confirms that it knows the key.
//!
//! The keys that wait are found in the index, so a restarted server goes on with them. Many of them are settled together, or a
//! person who creates thousands would keep all others waiting.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use model::audit_event::{KeyActivated, KeyFailed};
use model::id::KeyId;
use model::status::Status;
use model::time::{Timestamp, against_the_servers, both_clocks};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set,
};

use super::change::{self, KeyChange};
use super::status_of;
use crate::audit::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::column::Stored;
use crate::store::database;
use crate::store::entities::api_key;
use crate::store::padded::padded;
use crate::store::time_limit::{WRITE_LIMIT, within};

/// How often a key that cannot become ACTIVE yet is looked at again.
const RETRY: Duration = Duration::from_millis(200);

/// The most keys that are settled in one transaction. Other changes wait for it, so it must be short.
const BATCH: usize = 64;

/// What came of looking at the keys that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// None of them waits any more.
    Done,
    /// Some have to wait.
    Wait,
    /// Further keys were created meanwhile.
    Again,
}

/// What came of a part of these keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Batch {
    /// How many this node has settled.
    settled: usize,
    /// Whether one has to wait.
    waits: bool,
}

impl Keys {
    /// Provisions the keys that wait for it. Runs for as long as the server does.
    pub async fn provision(&self) {
        loop {
            self.cluster.provisioning.notified().await;
            loop {
                match self.provision_all().await {
                    Pass::Done => break,
                    Pass::Wait => tokio::time::sleep(RETRY).await,
                    Pass::Again => {}
                }
            }
        }
    }

    /// Looks at all keys that wait, newest first, some at a time: whoever creates one key need not wait for those of
    /// another person who creates thousands.
    async fn provision_all(&self) -> Pass {
        let mut pass = Pass::Done;
        for batch in self.verifier.provisioning().chunks(BATCH) {
            let Batch { settled, waits } = self.provision_batch(batch).await;
            let arrived = self.cluster.provisioning.notified().now_or_never().is_some();
            // Where nothing was settled, the pass goes on, so that keys that have to wait do not stop older ones.
            if arrived && settled > 0 {
                return Pass::Again;
            }
            if waits || arrived {
                pass = Pass::Wait;
            }
        }
        pass
    }

    /// Provisions these keys together. If that fails, each is provisioned by itself, so that a key whose row cannot be read does
    /// not stop the others.
    async fn provision_batch(&self, ids: &[KeyId]) -> Batch {
        let error = match within(WRITE_LIMIT, self.provision_together(ids)).await {
            Ok(batch) => return batch,
            Err(error) => error,
        };
        if ids.len() > 1 && error.outage().is_none() {
            let mut batch = Batch::default();
            for id in ids {
                let one = Box::pin(self.provision_batch(std::slice::from_ref(id))).await;
                batch.settled += one.settled;
                batch.waits |= one.waits;
            }
            return batch;
        }
        tracing::error!(%error, "cannot provision keys");
        Batch {
            settled: 0,
            waits: true,
        }
    }

    async fn provision_together(&self, ids: &[KeyId]) -> Result<Batch> {
        let rows = find_keys(&self.store.db, ids).await?;
        let now = self.store.now();
        let database_skew = self.database_skew().await?;
        let nodes = self.cluster.applied_by_live_nodes().await?;
        let then = "Set right the one that is wrong, and create a new key.";
        let (mut changes, mut waiting, mut not_compared) = (HashMap::new(), false, Vec::new());
        for row in rows {
            let (Stored(id), made_at) = (row.id.clone(), row.created_at.0);
            if status_of(&row, now) != Status::Provisioning {
                // Another node has settled the key, or it is FAILED because its time is over, which needs no mutation.
                self.verifier.remove_from_provisioning(&id);
                continue;
            }
            if let Some(reason) = self.clock_fault((row.browser_skew, made_at), (database_skew, now), then) {
                changes.insert(id, KeyChange::Fail(KeyFailed { reason }));
                continue;
            }
            // Where the clock was set back meanwhile, the key would be held until it has caught up.
            let held = now.since(made_at).abs() < self.store.settings.provisioning_min;
            let (know, all) = (nodes.that_know(row.created_change), nodes.count());
            if !held && know == all && all > 0 {
                changes.insert(id, KeyChange::Activate(KeyActivated { nodes: all }));
                continue;
            }
            waiting = true;
            if row.database_skew.is_none() {
                not_compared.push(id);
            }
        }
        self.note_clocks(&not_compared, database_skew).await?;
        Ok(Batch {
            settled: self.settle_keys(changes, database_skew).await?,
            waits: waiting,
        })
    }

    /// Stores that the clocks agree, for the timelines of keys that have to wait. This is not a mutation, so it has no
    /// event and no change number.
    async fn note_clocks(&self, ids: &[KeyId], database_skew: i64) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let _turn = self.store.turn().await?;
        api_key::Entity::update_many()
            .col_expr(api_key::Column::DatabaseSkew, Expr::value(database_skew))
            .filter(api_key::Column::Id.is_in(padded(ids.iter().map(KeyId::as_str))))
            .exec(&self.store.db)
            .await?;
        Ok(())
    }

    /// Takes the steps of these keys in one transaction. Returns how many were taken.
    async fn settle_keys(&self, mut changes: HashMap<KeyId, KeyChange>, database_skew: i64) -> Result<usize> {
        if changes.is_empty() {
            return Ok(0);
        }
        let ids: Vec<KeyId> = changes.keys().cloned().collect();
        let mut mutation = self.store.begin_shared_unguarded().await?;
        let mut settled = 0;
        // A key may have been deleted, or settled by another node, since it was read.
        for row in find_keys(&mutation.transaction, &ids).await? {
            let Some(change) = changes.remove(&row.id.0) else {
                continue;
            };
            if status_of(&row, mutation.now) != Status::Provisioning {
                continue;
            }
            let (reason, nodes) = match &change {
                KeyChange::Fail(KeyFailed { reason }) => (Some(reason.clone()), None),
                KeyChange::Activate(KeyActivated { nodes }) => (None, Some(*nodes)),
                _ => (None, None),
            };
            let mut active = row.clone().into_active_model();
            active.failed_reason = Set(reason);
            active.database_skew = Set(Some(database_skew));
            active.settled_at = Set(Some(Stored(mutation.now)));
            active.settled_nodes = Set(nodes.map(|nodes| i64::try_from(nodes).unwrap_or(i64::MAX)));
            change::apply(&mut mutation, &Actor::system(), &row, &mut active, change)?;
            active.update(&mutation.transaction).await?;
            settled += 1;
        }
        if settled > 0 {
            mutation.commit().await?;
        } else {
            mutation.give_up().await?;
        }
        Ok(settled)
    }

    /// A sentence about a clock that is off, with `then`, which says what to do; `None` where the clocks agree. Each
    /// skew comes with the server's time at which it was measured, so that both clocks can be shown: only the reader
    /// can tell which of them is wrong.
    pub(super) fn clock_fault(
        &self,
        (browser_skew, asked_at): (Option<i64>, Timestamp),
        (database_skew, now): (i64, Timestamp),
        then: &str,
    ) -> Option<String> {
        let tolerance = self.store.settings.clock_tolerance;
        let off = |skew: i64| skew.saturating_abs() > tolerance;
        let (subject, whose, skew, at) = match browser_skew {
            Some(skew) if off(skew) => ("Your", "This computer", skew, asked_at),
            _ if off(database_skew) => ("The database's", "Database", database_skew, now),
            _ => return None,
        };
        let against = against_the_servers(skew);
        let both = both_clocks(whose, at.plus(skew), at, "UTC");
        Some(format!("{subject} clock is {against}. {both} {then}"))
    }

    /// The database's clock minus the server's, in milliseconds.
    pub(super) async fn database_skew(&self) -> Result<i64> {
        Ok(database::time(&self.store.db).await? - self.store.now().0)
    }
}

/// The rows of these keys, as far as they exist, in the order of their creation.
async fn find_keys(db: &impl ConnectionTrait, ids: &[KeyId]) -> Result<Vec<api_key::Model>> {
    Ok(api_key::Entity::find()
        .filter(api_key::Column::Id.is_in(padded(ids.iter().map(KeyId::as_str))))
        .order_by_asc(api_key::Column::CreatedChange)
        .all(db)
        .await?)
}
