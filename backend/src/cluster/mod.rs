//! Nodes, and how each of them learns of changes.

mod catch_up;
mod known_change;
mod limits;
mod load;
mod node;
mod records;

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, watch};

use crate::error::Result;
use crate::store::{BringIntoForce, Store};
use crate::verifier::Verifier;

pub use self::known_change::Behind;
use self::known_change::Waiting;
use self::limits::Exchange;
pub use self::node::ChangeReach;
use self::node::Node;

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
    /// The requests that wait for a change.
    waiting: Waiting,
    /// What this node knows of the others that share limits with it.
    exchange: Mutex<Exchange>,
}

impl Cluster {
    pub(crate) fn new(store: Arc<Store>, verifier: Arc<Verifier>) -> Self {
        Self {
            node: Node::new(&store.settings.node_name, store.random()),
            provisioning: Notify::new(),
            changes: watch::Sender::new(0),
            waiting: Waiting::default(),
            exchange: Mutex::default(),
            store,
            verifier,
        }
    }

    /// Receives the number of each change that comes into force on this node. Of changes in quick succession, it may
    /// receive only the last.
    pub fn watch_changes(&self) -> watch::Receiver<i64> {
        self.changes.subscribe()
    }
}

impl BringIntoForce for Cluster {
    fn bring_into_force(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(self.catch_up())
    }
}
