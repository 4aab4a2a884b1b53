//! This process as one of the nodes that share a database.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::id::{NodeId, RANDOM_LENGTH};
use model::key_page::Proof;
use model::role::Permission;
use model::time::{SECOND, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use tokio::time::Instant;

use crate::actor::Actor;
use crate::cluster::Cluster;
use crate::crypto::random::{Random, base62};
use crate::error::Result;
use crate::store::Mutation;
use crate::store::column::Stored;
use crate::store::entities::node;

/// How often a node writes its heartbeat.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// A node that is silent for longer than this, in milliseconds, is not waited for.
const LIVE_LIMIT: i64 = 5 * SECOND;

/// How often the database is asked while waiting for a change.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// This node.
#[derive(Debug)]
pub(crate) struct Node {
    id: NodeId,
    name: String,
    /// The last change in force here that the other nodes know of.
    announced: AtomicI64,
}

/// On how many nodes a change was in force when the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeReach {
    /// Number of live nodes on which it is in force.
    pub confirmed: u64,
    /// Number of live nodes; 0 where no server is running.
    pub nodes: u64,
    pub took: Duration,
}

impl ChangeReach {
    /// Whether the change is in force on every live node.
    pub const fn is_everywhere(&self) -> bool {
        self.confirmed == self.nodes
    }
}

impl Node {
    pub(crate) fn new(name: &str, random: &dyn Random) -> Self {
        Self {
            id: NodeId::from_random(&base62(random, RANDOM_LENGTH)),
            name: name.to_owned(),
            announced: AtomicI64::new(0),
        }
    }

    pub(super) const fn id(&self) -> &NodeId {
        &self.id
    }
}

impl Cluster {
    /// Announces this node, or renews its heartbeat. From now on the provisioning of keys waits for this node.
    pub async fn join(&self) -> Result<()> {
        let now = self.store.clock.now();
        let applied = self.verifier.applied().await.unwrap_or(0);
        let row = node::ActiveModel {
            instance_id: Set((&self.node.id).into()),
            name: Set(self.node.name.clone()),
            started_at: Set(Stored(now)),
            heartbeat_at: Set(Stored(now)),
            applied_number: Set(applied),
        };
        // The first heartbeat inserts the row, every later one updates it.
        let comes_back = OnConflict::column(node::Column::InstanceId)
            .update_columns([node::Column::HeartbeatAt, node::Column::AppliedNumber])
            .to_owned();
        node::Entity::insert(row)
            .on_conflict(comes_back)
            .exec_without_returning(&self.store.db)
            .await?;
        self.node.announced.store(applied, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a change is in force here that the other nodes do not know of.
    pub(crate) async fn has_unannounced_change(&self) -> bool {
        let announced = self.node.announced.load(Ordering::Relaxed);
        self.verifier.applied().await.is_some_and(|applied| applied > announced)
    }

    /// Writes the heartbeat of this node again and again. Runs for as long as the server does.
    pub async fn send_heartbeats(&self) {
        loop {
            tokio::time::sleep(HEARTBEAT_INTERVAL).await;
            if let Err(error) = self.join().await {
                tracing::error!(%error, "cannot write the heartbeat");
            }
        }
    }

    /// Takes this node off the list, at shutdown.
    pub async fn leave(&self) -> Result<()> {
        node::Entity::delete_by_id(&self.node.id).exec(&self.store.db).await?;
        Ok(())
    }

    /// How many nodes answer now.
    pub async fn count_live_nodes(&self) -> Result<u64> {
        Ok(live(self.store.clock.now()).count(&self.store.db).await?)
    }

    /// How many live nodes have applied a change, and how many live nodes there are. Includes this node where it runs a
    /// server.
    pub(crate) async fn nodes_that_know(&self, change: i64) -> Result<(u64, u64)> {
        let here = self.verifier.applied().await;
        let others = other_live_nodes(&self.store.db, Some(&self.node.id), self.store.now()).await?;
        let know = others.iter().filter(|applied| **applied >= change).count();
        let know = know as u64 + u64::from(here.is_some_and(|applied| applied >= change));
        Ok((know, others.len() as u64 + u64::from(here.is_some())))
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
        Ok(!other_live_nodes(&self.store.db, None, self.store.now())
            .await?
            .is_empty())
    }

    /// Whether a server is running that has to know a new key before the key is ACTIVE.
    pub(crate) async fn any_node_answers(&self, mutation: &Mutation<'_>) -> Result<bool> {
        if self.verifier.applied().await.is_some() {
            return Ok(true);
        }
        Ok(!other_live_nodes(&mutation.transaction, None, mutation.now)
            .await?
            .is_empty())
    }

    /// On which nodes a change is in force. Counts every node that could still answer from its memory: a silent node
    /// can do so until its last heartbeat plus the stale limit.
    pub async fn proof(&self, actor: &Actor, change: i64) -> Result<Proof> {
        actor.require(Permission::SeeKeys)?;
        let now = self.store.now();
        let here = self.verifier.applied().await;
        let others = node::Entity::find()
            .filter(node::COLUMN.instance_id.ne(self.node.id.as_str()))
            .filter(
                node::COLUMN
                    .heartbeat_at
                    .gt(now.plus(-self.store.settings.stale_limit).0),
            )
            .all(&self.store.db)
            .await?;
        let (know, missing): (Vec<_>, Vec<_>) = others.into_iter().partition(|node| node.applied_number >= change);
        let confirmed = know.len() as u64 + u64::from(here.is_some_and(|applied| applied >= change));
        let silent = missing
            .iter()
            .map(|node| node.heartbeat_at.0)
            .filter(|heartbeat| now.since(*heartbeat) > LIVE_LIMIT)
            .max();
        Ok(Proof {
            confirmed,
            nodes: (know.len() + missing.len()) as u64 + u64::from(here.is_some()),
            until: silent.map(|heartbeat| heartbeat.plus(self.store.settings.stale_limit)),
        })
    }
}

/// For each live node except this one, the last change that it has applied.
async fn other_live_nodes(db: &impl ConnectionTrait, this: Option<&NodeId>, now: Timestamp) -> Result<Vec<i64>> {
    let mut query = live(now);
    if let Some(this) = this {
        query = query.filter(node::COLUMN.instance_id.ne(this.as_str()));
    }
    Ok(query
        .all(db)
        .await?
        .into_iter()
        .map(|node| node.applied_number)
        .collect())
}

fn live(now: Timestamp) -> sea_orm::Select<node::Entity> {
    node::Entity::find().filter(node::COLUMN.heartbeat_at.gt(now.plus(-LIVE_LIMIT).0))
}
