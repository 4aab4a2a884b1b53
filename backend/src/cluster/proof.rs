//! The proof of a change: on which nodes it is in force, since when, and until when the others could answer without it.

use std::collections::HashMap;
use std::time::Duration;

use model::proof::{ChangeEffect, NodeFacts, Proof, ShownProof};
use model::role::Permission;
use model::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::time::Instant;

use crate::actor::Actor;
use crate::cluster::Cluster;
use crate::error::{NotFound, Result};
use crate::store::entities::{change_log, node};
use crate::store::nodes::{RETENTION, applied_at, nodes_since};
use crate::store::padded::padded;

/// How often the database is asked while waiting for a change: at first, and after the first second.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(100);

impl Cluster {
    /// The proof of a change. Counts every node that could still answer from its memory: a silent node can do so until
    /// its last heartbeat plus its stale limit.
    pub async fn proof(&self, actor: &Actor, change: i64) -> Result<Proof> {
        actor.require(Permission::SeeKeys)?;
        let found = self.proofs(&[change]).await?.pop();
        Ok(found.ok_or(NotFound::Change(change))?)
    }

    /// The proofs of those of these changes that exist. The caller has checked the permission.
    pub(crate) async fn proofs(&self, changes: &[i64]) -> Result<Vec<Proof>> {
        let db = &self.store.db;
        let made = change_log::Entity::find()
            .filter(change_log::Column::Number.is_in(padded(changes.iter().copied())))
            .all(db)
            .await?;
        let Some(first) = made.iter().map(|change| change.at.0).min() else {
            return Ok(Vec::new());
        };
        // By now it is later than the database has told, however long its answer was under way: what this process reckons
        // between two answers may be ahead. Whether a silent node still answers depends on this time.
        let told = self.store.ask_database_clock().await?.now;
        let now = told.min(self.store.database_now());
        // The clock may have been set back since the changes.
        let rows = nodes_since(db, first.min(now)).await?;
        // A command has no index, so it answers nothing.
        let own_applied = self.verifier.applied().await;
        // Read after what this node has applied, and before what is stored: another task may store it at any moment.
        let waiting: HashMap<i64, i64> = changes
            .iter()
            .filter_map(|change| Some((*change, self.node.unannounced.applied_at(*change)?)))
            .collect();
        // Read after the nodes, so that each number that a node has told is acknowledged here.
        let acknowledged = applied_at(db, changes).await?;
        let mut nodes = Vec::with_capacity(rows.len());
        for row in rows {
            let is_dead = self.is_dead(db, &row).await;
            let mut node = facts_of(row, self.store.settings.stale_limit);
            if is_dead {
                node.stopped_at = Some(now);
            }
            nodes.push(node);
        }
        let own = own_applied.map(|applied| self.own_facts(applied, now));
        let proof_of = |change: change_log::Model| {
            let (number, at) = (change.number, change.at.0);
            let others = nodes.iter().filter(|node| node.id != self.node.id || own.is_none());
            let facts = others.chain(&own).map(|node| {
                let mut node = node.clone();
                let waiting = || {
                    let at = waiting.get(&number).filter(|_| node.id == self.node.id)?;
                    Some(self.store.database_time(*at))
                };
                let known = acknowledged.get(&(number, node.id.clone())).copied();
                let known = known.or_else(waiting);
                node.applied_at = known.or(node.applied_at).filter(|_| now.since(at) < RETENTION);
                node
            });
            let mut proof = Proof::new(number, at, facts.collect(), now);
            // The rows of the nodes of that time may be gone.
            proof.in_force_at = proof.in_force_at.filter(|_| now.since(at) < RETENTION);
            proof
        };
        Ok(made.into_iter().map(proof_of).collect())
    }

    /// This node knows more of itself than it has told so far.
    fn own_facts(&self, applied: i64, now: Timestamp) -> NodeFacts {
        NodeFacts {
            id: self.node.id.clone(),
            name: self.node.name.clone(),
            started_at: now,
            last_heard_at: now,
            stale_limit: self.store.settings.stale_limit,
            stopped_at: None,
            loaded: self.node.loaded(),
            applied,
            applied_at: None,
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

    /// The proofs of changes in words, as the history of a key shows them, by change. The caller has checked the permission.
    pub(crate) async fn sentences(&self, changes: &HashMap<i64, ChangeEffect>) -> Result<HashMap<i64, String>> {
        let numbers: Vec<i64> = changes.keys().copied().collect();
        let proofs = self.proofs(&numbers).await?;
        let now = self.store.database_now();
        let sentence = |proof: Proof| {
            let effect = changes.get(&proof.change).copied().unwrap_or_default();
            (proof.change, as_sentence(&proof.sentence(effect, now, None)))
        };
        Ok(proofs.into_iter().map(sentence).collect())
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
