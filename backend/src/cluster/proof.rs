//! The proof of a change: on which nodes it is in force.

use model::proof::{NODES_MAX, NodeFacts, Proof};
use model::role::Permission;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

use crate::actor::Actor;
use crate::cluster::Cluster;
use crate::error::{NotFound, Result};
use crate::store::entities::{change_log, node};

impl Cluster {
    /// The proof of a change. Counts every node that could still answer from its memory: a silent node can do so until
    /// its last heartbeat plus its stale limit.
    pub async fn proof(&self, actor: &Actor, change: i64) -> Result<Proof> {
        actor.require(Permission::SeeKeys)?;
        let made = change_log::Entity::find_by_id(change)
            .one(&self.store.db)
            .await?
            .ok_or(NotFound::Change(change))?;
        let rows = node::Entity::find()
            .order_by_desc(node::COLUMN.heartbeat_at)
            .limit(NODES_MAX)
            .all(&self.store.db)
            .await?;
        let facts = rows.into_iter().map(|row| NodeFacts {
            id: row.instance_id.0,
            name: row.name,
            started_at: row.started_at.0,
            last_heard_at: row.heartbeat_at.0,
            stale_limit: self.store.settings.stale_limit,
            stopped_at: None,
            loaded: None,
            applied: row.applied_number,
            applied_at: None,
        });
        Ok(Proof::new(change, made.at.0, facts.collect(), self.store.now()))
    }
}
