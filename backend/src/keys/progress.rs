//! The progress of a new token, from what is stored of it.

use std::time::Duration;

use model::id::KeyId;
use model::progress::{Progress, ProgressFacts};
use model::role::Permission;
use model::status::Status;

use super::status_of;
use crate::actor::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::change_number;
use crate::store::entities::api_key;

/// How often the database is asked while waiting for a key.
const ASK: Duration = Duration::from_millis(20);

impl Keys {
    /// The progress of a key's current token.
    pub async fn progress(&self, actor: &Actor, id: &KeyId) -> Result<Progress> {
        actor.require(Permission::SeeKeys)?;
        let row = super::row(&self.store.db, id).await?;
        super::may_see(actor, &row)?;
        self.progress_of(&row).await
    }

    /// Waits until a key is ACTIVE or FAILED and every live node knows it, at most as long as `patience`. Answers with
    /// the progress.
    pub async fn settle(&self, actor: &Actor, id: &KeyId, patience: Duration) -> Result<Progress> {
        actor.require(Permission::SeeKeys)?;
        let settled = tokio::time::timeout(patience, async {
            loop {
                let progress = self.progress(actor, id).await?;
                if progress.status != Status::Provisioning {
                    // A stored change need not be in force yet. The change that settled the key is at most as late as
                    // the last stored one.
                    let change = change_number(&self.store.db).await?;
                    self.cluster.wait_in_force(change, patience).await?;
                    return Ok(progress);
                }
                tokio::time::sleep(ASK).await;
            }
        });
        match settled.await {
            Ok(progress) => progress,
            Err(_) => self.progress(actor, id).await,
        }
    }

    pub(super) async fn progress_of(&self, row: &api_key::Model) -> Result<Progress> {
        let now = self.store.now();
        let mut status = status_of(row, now);
        let mut facts = ProgressFacts {
            browser_skew: row.browser_skew,
            database_skew: row.database_skew,
            clocks_failed: row.failed_reason.is_some(),
            ..ProgressFacts::default()
        };
        if was_rotated(row) {
            // The key keeps its status; the progress is the new token's. It needs no job: each node only has to learn
            // the token.
            let (know, all) = self.cluster.nodes_that_know(row.token_change).await?;
            facts.nodes = (know, all);
            if know < all && status == Status::Active {
                status = Status::Provisioning;
            }
            return Ok(Progress::new(status, None, &facts));
        }
        facts.took = row.settled_at.map(|at| at.0.since(row.created_at.0));
        match row.settled_nodes {
            Some(nodes) => {
                let nodes = u64::try_from(nodes).unwrap_or_default();
                facts.nodes = (nodes, nodes);
            }
            None if matches!(status, Status::Provisioning | Status::Failed) => {
                facts.nodes = self.cluster.nodes_that_know(row.created_change).await?;
                let least = self.store.settings.provisioning_min;
                facts.held_for = row.created_at.0.plus(least).since(now).min(least).max(0);
            }
            None => {}
        }
        let reason = row
            .failed_reason
            .clone()
            .or_else(|| (status == Status::Failed).then(|| "Provisioning did not end within 3 minutes.".to_owned()));
        Ok(Progress::new(status, reason, &facts))
    }
}

/// Whether the key has had another token before.
pub(super) fn was_rotated(row: &api_key::Model) -> bool {
    row.token_change != row.created_change
}
