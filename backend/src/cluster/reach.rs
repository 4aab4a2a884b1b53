//! How far a change has come among the nodes that answer the database now. For how long nodes that do not could still answer
//! gateways, see [`super::proof`].

use std::time::Duration;

use model::proof::LIVE_LIMIT;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::error::Result;
use crate::store::Mutation;
use crate::store::entities::node;
use crate::store::nodes::note_stop;

/// How often the database is asked while waiting for a change.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// On how many nodes a change was in force when the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeReach {
    /// Number of live nodes on which it is in force.
    pub confirmed: u64,
    /// Number of live nodes; 0 where no server is running.
    pub nodes: u64,
    pub took: Duration,
}

/// The last change that each live node has applied.
pub(crate) struct AppliedByNodes(Vec<i64>);

impl AppliedByNodes {
    /// How many nodes have applied a change.
    pub(crate) fn that_know(&self, change: i64) -> u64 {
        self.0.iter().filter(|applied| **applied >= change).count() as u64
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

impl ChangeReach {
    /// Whether the change is in force on every live node.
    pub const fn is_everywhere(&self) -> bool {
        self.confirmed == self.nodes
    }
}

impl Cluster {
    /// How many nodes answer now.
    pub async fn count_live_nodes(&self) -> Result<u64> {
        let own = live(self)
            .filter(node::COLUMN.instance_id.eq(self.node.id.as_str()))
            .one(&self.store.db)
            .await?;
        Ok(self.others(&self.store.db).await?.len() as u64 + u64::from(own.is_some()))
    }

    /// How many live nodes have applied a change, and how many live nodes there are. Includes this node where it runs a
    /// server.
    pub(crate) async fn nodes_that_know(&self, change: i64) -> Result<(u64, u64)> {
        let nodes = self.applied_by_live_nodes().await?;
        Ok((nodes.that_know(change), nodes.count()))
    }

    /// The last change that each live node has applied. Includes this node where it runs a server.
    pub(crate) async fn applied_by_live_nodes(&self) -> Result<AppliedByNodes> {
        let here = self.verifier.applied().await;
        let others = self.others(&self.store.db).await?;
        let others = others.iter().map(|other| other.applied_number);
        Ok(AppliedByNodes(others.chain(here).collect()))
    }

    /// Waits until a change is in force on every live node, at most as long as `patience`.
    pub async fn wait_in_force(&self, change: i64, patience: Duration) -> Result<ChangeReach> {
        let start = Instant::now();
        loop {
            let (confirmed, nodes) = self.nodes_that_know(change).await?;
            let took = start.elapsed();
            let reach = ChangeReach { confirmed, nodes, took };
            if reach.is_everywhere() || took >= patience {
                return Ok(reach);
            }
            tokio::time::sleep(POLL_INTERVAL.min(patience.saturating_sub(took))).await;
        }
    }

    /// Whether a server is running. Its requests wait while another process writes.
    pub async fn is_server_running(&self) -> Result<bool> {
        Ok(!self.others(&self.store.db).await?.is_empty())
    }

    /// Whether a server is running that has to know a new key before the key is ACTIVE.
    pub(crate) async fn any_node_answers(&self, mutation: &Mutation<'_>) -> Result<bool> {
        if self.verifier.applied().await.is_some() {
            return Ok(true);
        }
        Ok(!self.others(&mutation.transaction).await?.is_empty())
    }

    /// The live nodes besides this one. A node that is found to be dead is noted as stopped.
    pub(super) async fn others(&self, db: &impl ConnectionTrait) -> Result<Vec<node::Model>> {
        let rows = live(self)
            .filter(node::COLUMN.instance_id.ne(self.node.id.as_str()))
            .all(db)
            .await?;
        let mut others = Vec::with_capacity(rows.len());
        for row in rows {
            if !self.is_dead(db, &row).await {
                others.push(row);
            }
        }
        Ok(others)
    }

    /// Whether the process of another node has certainly ended. If so, that is noted.
    pub(super) async fn is_dead(&self, db: &impl ConnectionTrait, node: &node::Model) -> bool {
        let is_other = *node.instance_id != self.node.id;
        let is_dead = node.stopped_at.is_none() && is_other && self.node.locks.is_dead(&node.instance_id);
        if is_dead && let Err(error) = note_stop(db, &node.instance_id, self.store.database_now()).await {
            tracing::warn!(%error, "cannot note that a node has stopped");
        }
        is_dead
    }
}

/// The nodes whose heartbeats came in time.
fn live(cluster: &Cluster) -> sea_orm::Select<node::Entity> {
    let since = cluster.store.database_now().plus(-LIVE_LIMIT);
    node::Entity::find()
        .filter(node::COLUMN.heartbeat_at.gt(since.0))
        .filter(node::Column::StoppedAt.is_null())
}
