//! Waiting until this node knows a change, for callers that must read their own writes.

use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::Cluster;

/// How long a request waits for a change.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most requests that wait at a time.
const MOST_WAITING: usize = 256;
/// A change so far ahead of the last one in the database is probably none that was ever made.
const FAR: i64 = 10_000;
/// The most requests that wait for a change that is far ahead.
const MOST_WAITING_FAR: usize = 16;

/// The node has not applied a change that a caller knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This node has not applied change {0} yet.")]
pub struct Behind(pub i64);

/// The requests that wait for a change.
#[derive(Debug)]
pub(super) struct Waiting {
    places: Semaphore,
    places_far: Semaphore,
    /// Asks for a look at the change log before the next poll. However many ask, it is one look.
    pub(super) look: Notify,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            places: Semaphore::new(MOST_WAITING),
            places_far: Semaphore::new(MOST_WAITING_FAR),
            look: Notify::new(),
        }
    }
}

impl Cluster {
    /// Waits until this node has applied a change, at most a second. Only a limited number of requests wait; the others
    /// are refused at once.
    pub async fn wait_for_change(&self, change: i64) -> Result<(), Behind> {
        if self.change_in_force() >= change {
            return Ok(());
        }
        let places = if change.saturating_sub(self.change_seen()) > FAR {
            &self.waiting.places_far
        } else {
            &self.waiting.places
        };
        let _place = places.try_acquire().map_err(|_| Behind(change))?;
        let mut applied = self.changes.subscribe();
        self.waiting.look.notify_one();
        let reached = applied.wait_for(|applied| *applied >= change);
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Behind(change)),
        }
    }
}
