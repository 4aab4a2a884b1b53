//! From PROVISIONING to ACTIVE: the clocks are compared, and every live node confirms that it knows the key.
//!
//! The keys that wait are found in the index, so a restarted server goes on with them.

use std::time::Duration;

use model::audit_event::{KeyActivated, KeyFailed};
use model::id::KeyId;
use model::status::Status;
use model::time::{Timestamp, against_the_servers, both_clocks};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::change::{self, KeyChange};
use super::status_of;
use crate::audit::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::column::Stored;
use crate::store::database;
use crate::store::entities::api_key;
use crate::store::time_limit::{WRITE_LIMIT, within};

/// How often a key that cannot become ACTIVE yet is looked at again.
const RETRY: Duration = Duration::from_millis(200);

/// The result of one attempt to provision a key.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Done,
    Wait,
}

impl Keys {
    /// Provisions the keys that wait for it. Runs for as long as the server does.
    pub async fn provision(&self) {
        loop {
            self.cluster.provisioning.notified().await;
            while self.provision_all().await == Step::Wait {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn provision_all(&self) -> Step {
        let mut outcome = Step::Done;
        for id in self.verifier.provisioning() {
            match within(WRITE_LIMIT, self.provision_one(&id)).await {
                Ok(Step::Done) => {}
                Ok(Step::Wait) => outcome = Step::Wait,
                Err(error) => {
                    tracing::error!(%error, "cannot provision a key");
                    outcome = Step::Wait;
                }
            }
        }
        outcome
    }

    async fn provision_one(&self, id: &KeyId) -> Result<Step> {
        let Some(row) = api_key::Entity::find_by_id(id).one(&self.store.db).await? else {
            return Ok(Step::Done);
        };
        let now = self.store.now();
        if status_of(&row, now) != Status::Provisioning {
            // Another node has settled the key, or it is FAILED because its time is over, which needs no mutation.
            self.verifier.remove_from_provisioning(id);
            return Ok(Step::Done);
        }
        let database_skew = self.database_skew().await?;
        let then = "Set right the one that is wrong, and create a new key.";
        let made_at = row.created_at.0;
        if let Some(reason) = self.clock_fault((row.browser_skew, made_at), (database_skew, now), then) {
            let fail = KeyChange::Fail(KeyFailed { reason });
            return self.finish(id, fail, database_skew).await;
        }
        let held = now.since(made_at) < self.store.settings.provisioning_min;
        let (know, all) = self.cluster.nodes_that_know(row.created_change).await?;
        if held || know < all || all == 0 {
            if row.database_skew.is_none() {
                self.note_clocks(id, database_skew).await?;
            }
            return Ok(Step::Wait);
        }
        let activate = KeyChange::Activate(KeyActivated { nodes: all });
        self.finish(id, activate, database_skew).await
    }

    /// Stores that the clocks agree, for the timeline of a key that has to wait. This is not a mutation, so it has no
    /// event and no change number.
    async fn note_clocks(&self, id: &KeyId, database_skew: i64) -> Result<()> {
        let _turn = self.store.writers.lock().await;
        api_key::Entity::update_many()
            .col_expr(api_key::Column::DatabaseSkew, Expr::value(database_skew))
            .filter(api_key::Column::Id.eq(id.as_str()))
            .exec(&self.store.db)
            .await?;
        Ok(())
    }

    async fn finish(&self, id: &KeyId, change: KeyChange, database_skew: i64) -> Result<Step> {
        let mut mutation = self.store.begin_unguarded().await?;
        // The key may have been deleted, or settled by another node, since it was read.
        let row = api_key::Entity::find_by_id(id).one(&mutation.transaction).await?;
        if let Some(row) = row
            && status_of(&row, mutation.now) == Status::Provisioning
        {
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
            mutation.commit().await?;
        }
        Ok(Step::Done)
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
