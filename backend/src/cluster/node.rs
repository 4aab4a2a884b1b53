//! This process as one of the nodes that share a database: it joins, writes heartbeats, and tells what it has applied.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::id::{NodeId, RANDOM_LENGTH};
use model::time::DAY;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set, TransactionTrait};
use tokio::sync::Mutex;

use super::acknowledgements::Unannounced;
use super::process_locks::ProcessLocks;
use crate::cluster::Cluster;
use crate::crypto::random::{Random, base62};
use crate::error::Result;
use crate::store::Location;
use crate::store::column::Stored;
use crate::store::entities::{node, node_acknowledgement};
use crate::store::nodes::{insert_acknowledgements, nodes_since, note_stop, note_uses_stored, tidy};
use crate::store::time_limit::within;

/// How often a node writes its heartbeat.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// How long the database may take to store a heartbeat.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(5);
/// How long the database may take to store a heartbeat and to remove what nobody needs.
const TIDY_LIMIT: Duration = Duration::from_secs(10);
/// Number of heartbeats after which a node removes what nobody needs any more.
const TIDY_EVERY: u32 = 60;
/// The longest stale limit that is stored, in milliseconds: statements add it to times.
const STALE_LIMIT_MAX: i64 = 365_000 * DAY;

/// By how much the time in a heartbeat may be too early, in milliseconds: both clocks leave off parts of milliseconds.
const ROUNDING: i64 = 2;

/// No heartbeat was written yet.
const NEVER: i64 = i64::MIN;
/// No index was loaded yet.
const NOTHING: i64 = -1;

/// This node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) id: NodeId,
    pub(super) name: String,
    pub(super) locks: ProcessLocks,
    pub(super) unannounced: Unannounced,
    /// Held while the row of this node is written.
    joining: Mutex<()>,
    /// The last change in force here that the other nodes know of.
    announced: AtomicI64,
    /// The last change in the first snapshot that was loaded.
    loaded: AtomicI64,
    /// When the last heartbeat was begun, on [`crate::clock::Clock::elapsed`].
    heartbeat: AtomicI64,
}

impl Node {
    pub(super) fn new(name: &str, locks: ProcessLocks, random: &dyn Random) -> Self {
        Self {
            id: NodeId::from_random(&base62(random, RANDOM_LENGTH)),
            name: name.to_owned(),
            locks,
            unannounced: Unannounced::default(),
            joining: Mutex::default(),
            announced: AtomicI64::new(0),
            loaded: AtomicI64::new(NOTHING),
            heartbeat: AtomicI64::new(NEVER),
        }
    }

    /// Notes the last change in a snapshot that was loaded.
    pub(super) fn note_loaded(&self, number: i64) {
        // Only the first one counts: after that, this node has answered by it.
        let _ = self
            .loaded
            .compare_exchange(NOTHING, number, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Forgets the numbers of all changes. The next snapshot that is loaded counts as the first.
    pub(super) fn start_again(&self) {
        self.unannounced.start_again();
        self.announced.store(0, Ordering::Relaxed);
        self.loaded.store(NOTHING, Ordering::Relaxed);
    }

    /// The last change in the first snapshot; `None` before it was loaded.
    pub(super) fn loaded(&self) -> Option<i64> {
        Some(self.loaded.load(Ordering::Relaxed)).filter(|loaded| *loaded != NOTHING)
    }

    /// From when on the stale limit is measured, where the database is asked now. The other nodes take this node for able to
    /// answer until its last heartbeat plus the stale limit, so it is measured from the heartbeat. A heartbeat that comes
    /// while the database is asked does not count: before it, others may have taken this node for one that has stopped.
    pub(super) fn heard_at(&self, asked_at: i64) -> i64 {
        match self.heartbeat.load(Ordering::Relaxed) {
            NEVER => asked_at,
            heartbeat => heartbeat.min(asked_at),
        }
    }

    /// Whether the other nodes may take this node for one that has stopped answering.
    pub(super) fn is_overdue(&self, elapsed: i64, stale_limit: i64) -> bool {
        match self.heartbeat.load(Ordering::Relaxed) {
            NEVER => false,
            heartbeat => elapsed - heartbeat >= stale_limit,
        }
    }
}

impl Cluster {
    /// Announces this node, or renews its heartbeat, and tells what it has applied since. A server joins before it loads
    /// its index: from then on others wait for it, so it misses no change of which they say that it is in force everywhere.
    pub async fn join(&self) -> Result<()> {
        within(HEARTBEAT_LIMIT, async {
            // One after the other, so that an older row never replaces a newer one.
            let _turn = self.node.joining.lock().await;
            self.write_row().await
        })
        .await
    }

    async fn write_row(&self) -> Result<()> {
        self.refuse_after_lost_changes().await?;
        self.node.locks.hold(&self.node.id);
        // SQLite has one writer at a time, and those who wait there are not served in their order. Elsewhere a heartbeat must not wait
        // for mutations.
        let _turn = match self.store.location {
            Location::Sqlite(_) => Some(self.store.turn().await?),
            Location::Postgres(_) => None,
        };
        let told = self.store.ask_database_clock().await?;
        // Read without waiting for changes that are being applied, since others wait for this turn.
        let applied = if self.has_lost_changes() {
            0
        } else {
            self.change_in_force()
        };
        let waiting = self.node.unannounced.all();
        let applied = waiting.last().map_or(applied, |last| last.number.max(applied));
        // What this node tells from now on is complete.
        self.store_last_valid().await?;
        let row = node::ActiveModel {
            instance_id: Set((&self.node.id).into()),
            name: Set(self.node.name.clone()),
            started_at: Set(Stored(told.now)),
            heartbeat_at: Set(Stored(told.now)),
            applied_number: Set(applied),
            version: Set(env!("CARGO_PKG_VERSION").to_owned()),
            stale_limit: Set(Some(self.store.settings.stale_limit.min(STALE_LIMIT_MAX))),
            loaded_number: Set(self.node.loaded()),
            stopped_at: Set(None),
            uses_stored: Set(false),
        };
        if waiting.is_empty() {
            upsert(&self.store.db, row).await?;
        } else {
            let acknowledged = waiting.into_iter().map(|it| node_acknowledgement::Model {
                instance_id: (&self.node.id).into(),
                number: it.number,
                at: Stored(self.store.database_time(it.at)),
            });
            let transaction = self.store.db.begin().await?;
            upsert(&transaction, row).await?;
            insert_acknowledgements(&transaction, acknowledged.collect()).await?;
            transaction.commit().await?;
        }
        self.node.unannounced.forget_to(applied);
        self.node.announced.store(applied, Ordering::Relaxed);
        let began = told.asked_at.saturating_sub(ROUNDING);
        self.node.heartbeat.store(began, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a change is in force here that the other nodes do not know of.
    pub(super) async fn has_unannounced_change(&self) -> bool {
        let announced = self.node.announced.load(Ordering::Relaxed);
        self.verifier.applied().await.is_some_and(|applied| applied > announced)
    }

    /// Writes the heartbeat of this node again and again. Runs for as long as the server does.
    pub async fn send_heartbeats(&self) {
        let mut sent = 0_u32;
        let mut failing = false;
        loop {
            let written = if sent.is_multiple_of(TIDY_EVERY) {
                Box::pin(within(TIDY_LIMIT, self.tidy_nodes())).await
            } else {
                self.join().await
            };
            match &written {
                Err(error) if !failing => tracing::error!(%error, "cannot write the heartbeat"),
                _ => {}
            }
            failing = written.is_err();
            sent = sent.wrapping_add(1);
            tokio::time::sleep(HEARTBEAT_INTERVAL).await;
        }
    }

    /// Renews the heartbeat, notes which nodes have stopped without saying so, and removes what is too old.
    pub async fn tidy_nodes(&self) -> Result<()> {
        self.join().await?;
        let (db, now) = (&self.store.db, self.store.database_now());
        let mut going = HashSet::new();
        for row in nodes_since(db, now).await? {
            self.is_dead(db, &row).await;
            going.insert(row.instance_id.0);
        }
        // A node that was just found to be dead keeps its file until the next time: if its end could not be noted, the
        // file still tells of it.
        self.node.locks.remove_files_except(&going);
        tidy(db, &self.node.id, now, self.store.settings.stale_limit).await
    }

    /// Notes that this node stops, at shutdown. From now on it answers nothing: a request may still be open, such as one
    /// whose body is slow.
    pub async fn leave(&self) -> Result<()> {
        self.verifier.stop();
        // Receipts of the latest changes need what this node said before it stopped.
        self.catch_up().await?;
        self.join().await?;
        let now = self.store.database_now();
        if self.verifier.uses_waiting() == 0 {
            note_uses_stored(&self.store.db, &self.node.id).await?;
        }
        note_stop(&self.store.db, &self.node.id, now).await?;
        self.node.locks.release(&self.node.id);
        Ok(())
    }
}

/// The first heartbeat inserts the row, every later one updates it.
async fn upsert(db: &impl ConnectionTrait, row: node::ActiveModel) -> Result<()> {
    let comes_back = OnConflict::column(node::Column::InstanceId)
        .update_columns([
            node::Column::HeartbeatAt,
            node::Column::AppliedNumber,
            node::Column::LoadedNumber,
            node::Column::StoppedAt,
            node::Column::UsesStored,
        ])
        .to_owned();
    node::Entity::insert(row)
        .on_conflict(comes_back)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::time::MINUTE;

    use super::*;
    use crate::crypto::random::SeededRandom;

    #[test]
    fn the_stale_limit_is_measured_from_the_heartbeat() {
        let node = Node::new("a", ProcessLocks::new(None), &SeededRandom::new(1));
        assert_eq!(node.heard_at(7 * MINUTE), 7 * MINUTE, "before the first heartbeat");
        assert!(!node.is_overdue(7 * MINUTE, 5 * MINUTE));
        node.heartbeat.store(6 * MINUTE, Ordering::Relaxed);
        for (now, heard_at, is_overdue) in [
            (5 * MINUTE, 5 * MINUTE, false),
            (7 * MINUTE, 6 * MINUTE, false),
            (11 * MINUTE - 1, 6 * MINUTE, false),
            (11 * MINUTE, 6 * MINUTE, true),
        ] {
            assert_eq!(node.heard_at(now), heard_at);
            assert_eq!(node.is_overdue(now, 5 * MINUTE), is_overdue);
        }
    }

    #[test]
    fn the_first_snapshot_counts() {
        let node = Node::new("a", ProcessLocks::new(None), &SeededRandom::new(1));
        assert_eq!(node.loaded(), None);
        node.note_loaded(0);
        node.note_loaded(7);
        assert_eq!(node.loaded(), Some(0));
        node.start_again();
        assert_eq!(node.loaded(), None);
        node.note_loaded(3);
        assert_eq!(node.loaded(), Some(3));
    }
}
