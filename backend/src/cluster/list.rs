//! The nodes, as the screen Settings → Nodes lists them.

use std::cmp::Reverse;

use model::node_list::{NodeList, NodeRow, STOPPED_SHOWN, Standing};
use model::role::Permission;
use model::time::Timestamp;

use super::proof::facts_of;
use crate::actor::Actor;
use crate::cluster::Cluster;
use crate::error::Result;
use crate::store::nodes::nodes_since;

impl Cluster {
    /// The nodes that could answer, by name, and then those that stopped a short while ago.
    pub async fn list_nodes(&self, actor: &Actor) -> Result<NodeList> {
        actor.require(Permission::SeeNodes)?;
        self.load_nodes().await
    }

    /// As [`Self::list_nodes`], for another service, which has already required a permission.
    pub(crate) async fn load_nodes(&self) -> Result<NodeList> {
        let db = &self.store.db;
        let now = self.store.database_now();
        let rows = nodes_since(db, now.plus(-STOPPED_SHOWN)).await?;
        // Read after the nodes, so that no node is ahead of it.
        let last = self.last_change().await?;
        let mut nodes = Vec::with_capacity(rows.len());
        for row in rows {
            let is_dead = self.is_dead(db, &row).await;
            let version = row.version.clone();
            let mut node = facts_of(row, self.store.settings.stale_limit);
            if is_dead {
                node.stopped_at = Some(now);
            }
            let here = node.id == self.node.id;
            if let (true, Some(applied)) = (here, self.verifier.applied().await) {
                node.applied = applied;
                node.last_heard_at = now;
            }
            nodes.push(NodeRow {
                standing: Standing::of(&node, last, now),
                behind: (last - node.applied).max(0),
                applied: node.applied,
                last_heard_at: node.last_heard_at,
                started_at: node.started_at,
                id: node.id,
                name: node.name,
                version,
                here,
            });
        }
        nodes.sort_by(|one, other| order_of(one).cmp(&order_of(other)));
        Ok(NodeList { nodes, now })
    }
}

/// The order of the list. A node that was started again comes before its predecessor.
fn order_of(node: &NodeRow) -> (bool, &str, Reverse<Timestamp>) {
    (node.standing == Standing::Stopped, &node.name, Reverse(node.started_at))
}
