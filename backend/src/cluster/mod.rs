//! Nodes, and how each of them learns of changes.

mod acknowledgements;
mod catch_up;
mod known_change;
mod last_valid;
mod limits;
mod list;
mod load;
mod lost_changes;
mod node;
mod old_tokens;
mod process_locks;
mod proof;
mod reach;
mod records;
mod refusals;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::{Mutex, Notify, watch};

use crate::error::Result;
use crate::store::database::lock_folder;
use crate::store::{BringIntoForce, Store};
use crate::verifier::Verifier;

pub use self::known_change::Behind;
use self::known_change::Waiting;
use self::last_valid::Report;
use self::limits::Exchange;
use self::lost_changes::LastApplied;
use self::node::Node;
use self::process_locks::ProcessLocks;
pub use self::reach::ChangeReach;
use self::refusals::AnsweredQuestions;

/// Keeps this node's index in step with the change log, and knows the other nodes.
#[derive(Debug)]
pub struct Cluster {
    store: Arc<Store>,
    verifier: Arc<Verifier>,
    node: Node,
    /// Notified when a key waits for provisioning.
    pub(crate) provisioning: Notify,
    /// The last change that is in force here.
    changes: watch::Sender<i64>,
    /// The last change that was applied.
    last_applied: std::sync::Mutex<LastApplied>,
    /// What this node has to report about changes that make keys refuse, in the order of the changes.
    last_valid: std::sync::Mutex<Vec<Report>>,
    /// Held while reports are stored.
    reporting: Mutex<()>,
    /// The last change that this node has seen in the database.
    seen: AtomicI64,
    /// Whether the database cannot be reached.
    database_away: AtomicBool,
    /// The requests that wait for a change.
    waiting: Waiting,
    /// What this node knows of the others that share limits with it.
    exchange: Mutex<Exchange>,
    /// The questions about refused requests that this node has answered.
    answered: Mutex<AnsweredQuestions>,
}

impl Cluster {
    pub(crate) fn new(store: Arc<Store>, verifier: Arc<Verifier>) -> Self {
        Self {
            node: Node::new(
                &store.settings.node_name,
                ProcessLocks::new(lock_folder(&store.location)),
                store.random(),
            ),
            provisioning: Notify::new(),
            changes: watch::Sender::new(0),
            last_applied: std::sync::Mutex::default(),
            last_valid: std::sync::Mutex::default(),
            reporting: Mutex::default(),
            seen: AtomicI64::new(0),
            database_away: AtomicBool::new(false),
            waiting: Waiting::default(),
            exchange: Mutex::default(),
            answered: Mutex::default(),
            store,
            verifier,
        }
    }

    /// The number of the last change that is in force on this node.
    pub fn change_in_force(&self) -> i64 {
        *self.changes.borrow()
    }

    /// The number of the last change that this node has seen in the database. It is at least the last one in force here.
    pub fn change_seen(&self) -> i64 {
        self.seen.load(Ordering::Relaxed).max(self.change_in_force())
    }

    /// Whether this node knows that the database cannot be reached. It asks several times a second while the database answers, and
    /// at least every few seconds while it does not.
    pub fn is_database_away(&self) -> bool {
        self.database_away.load(Ordering::Relaxed)
    }

    /// Receives the number of each change that comes into force on this node. Of changes in quick succession, it may
    /// receive only the last.
    pub fn watch_changes(&self) -> watch::Receiver<i64> {
        self.changes.subscribe()
    }
}

impl BringIntoForce for Cluster {
    fn bring_into_force(&self, number: i64) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(self.catch_up_to(number))
    }
}
