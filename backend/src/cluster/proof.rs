//! The proof of a change: on which nodes it is in force, since when, and until when the others could answer without it.

use std::time::Duration;

use model::proof::{ChangeEffect, NodeFacts, Proof, ShownProof};
use model::role::Permission;
use model::time::Timestamp;
use sea_orm::EntityTrait;
use tokio::time::Instant;

use crate::actor::Actor;
use crate::cluster::Cluster;
use crate::error::{NotFound, Result};
use crate::store::entities::{change_log, node};
use crate::store::nodes::{RETENTION, applied_at, nodes_since};

/// How often the database is asked while waiting for a change: at first, and after the first second.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(100);

impl Cluster {
    /// The proof of a change. Counts every node that could still answer from its memory: a silent node can do so until
    /// its last heartbeat plus its stale limit.
    pub async fn proof(&self, actor: &Actor, change: i64) -> Result<Proof> {
        actor.require(Permission::SeeKeys)?;
        let db = &self.store.db;
        let made = change_log::Entity::find_by_id(change).one(db).await?;
        let at = made.ok_or(NotFound::Change(change))?.at.0;
        let rows = nodes_since(db, at).await?;
        // Read after the nodes, so that each number that a node has told is acknowledged here.
        let mut acknowledged = applied_at(db, change).await?;
        let now = self.store.database_now();
        let is_remembered = now.since(at) < RETENTION;
        let mut facts = Vec::with_capacity(rows.len());
        let mut listed = false;
        for row in rows {
            let is_dead = self.is_dead(db, &row).await;
            listed |= *row.instance_id == self.node.id;
            let mut node = facts_of(row, self.store.settings.stale_limit);
            if is_dead {
                node.stopped_at = Some(now);
            }
            if let Some(known) = acknowledged.remove(&node.id) {
                node.applied_at = Some(known);
            }
            if !is_remembered {
                node.applied_at = None;
            }
            facts.push(node);
        }
        self.add_own(&mut facts, change, now, listed).await;
        Ok(Proof::new(change, at, facts, now))
    }

    /// This node knows more of itself than it has told so far.
    async fn add_own(&self, facts: &mut Vec<NodeFacts>, change: i64, now: Timestamp, listed: bool) {
        // A command has no index, so it answers nothing.
        let Some(applied) = self.verifier.applied().await else {
            return;
        };
        if !listed {
            facts.push(NodeFacts {
                id: self.node.id.clone(),
                name: self.node.name.clone(),
                started_at: now,
                last_heard_at: now,
                stale_limit: self.store.settings.stale_limit,
                stopped_at: None,
                loaded: self.node.loaded(),
                applied,
                applied_at: None,
            });
        }
        for node in facts.iter_mut().filter(|node| node.id == self.node.id) {
            node.applied = applied;
            node.last_heard_at = now;
            node.stopped_at = None;
            node.loaded = self.node.loaded();
            if node.applied_at.is_none() {
                let applied_at = self.node.unannounced.applied_at(change);
                node.applied_at = applied_at.map(|at| self.store.database_time(at));
            }
        }
    }

    /// Waits until a change is in force everywhere, at most as long as `patience`. Answers with the proof, and with the
    /// time on the database's clock.
    pub async fn wait_until_proven(
        &self,
        actor: &Actor,
        change: i64,
        patience: Duration,
    ) -> Result<(Proof, Timestamp)> {
        actor.require(Permission::SeeKeys)?;
        let start = Instant::now();
        loop {
            let proof = self.proof(actor, change).await?;
            let waited = start.elapsed();
            if proof.in_force || waited >= patience {
                return Ok((proof, self.store.database_now()));
            }
            let pause = if waited < Duration::from_secs(1) {
                POLL_INTERVAL
            } else {
                LATER
            };
            tokio::time::sleep(pause.min(patience.saturating_sub(waited))).await;
        }
    }

    /// The proof of a change as screens show it.
    pub async fn shown_proof(&self, actor: &Actor, change: i64, effect: ChangeEffect) -> Result<ShownProof> {
        actor.require(Permission::SeeKeys)?;
        let proof = self.proof(actor, change).await?;
        let sentence = proof.sentence(effect, self.store.database_now(), None);
        let has_receipt = effect == ChangeEffect::Refused && proof.in_force_at.is_some();
        let has_receipt = has_receipt && actor.role.may(Permission::ChangeOwnKeys);
        Ok(ShownProof {
            text: as_sentence(&sentence),
            settled: proof.in_force,
            receipt: has_receipt.then(|| format!("/changes/{change}/receipt.jws")),
        })
    }
}

pub(super) fn facts_of(row: node::Model, stale_limit: i64) -> NodeFacts {
    // A version that acknowledges nothing tells only what it had applied at its last heartbeat.
    let by_heartbeat = row.version.is_empty().then_some(row.heartbeat_at.0);
    NodeFacts {
        id: row.instance_id.0,
        name: row.name,
        started_at: row.started_at.0,
        last_heard_at: row.heartbeat_at.0,
        stale_limit: row.stale_limit.unwrap_or(stale_limit),
        stopped_at: row.stopped_at.map(|at| at.0),
        loaded: row.loaded_number,
        applied: row.applied_number,
        applied_at: by_heartbeat,
    }
}

/// With a capital letter and a full stop.
fn as_sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
        .unwrap_or_default()
}
