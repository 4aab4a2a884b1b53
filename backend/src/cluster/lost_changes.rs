//! Notices that the database has lost changes that are in force on this node, and starts again: a backup was restored while this
//! node was cut off, or a replica without the last changes took the place of the database. Numbers are then given to other
//! changes, so nobody would know what this node has in force.

use std::sync::{MutexGuard, PoisonError};

use sea_orm::EntityTrait;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::store::entities::change_log;

/// The last change that was applied, as it is in the database until that loses it.
#[derive(Debug, Default)]
pub(super) struct LastApplied {
    change: Option<change_log::Model>,
    /// Whether the database has lost it.
    is_lost: bool,
}

impl Cluster {
    /// The next changes after the last one that was applied. Fails where that one is not in the database any more.
    pub(super) async fn next_changes(&self, applied: i64) -> Result<Vec<change_log::Model>> {
        let Some(last) = self.last_applied().change.clone() else {
            return self.changes_after(applied).await;
        };
        let mut changes = self.changes_after(applied - 1).await?;
        if changes.first() != Some(&last) {
            return Err(self.note_lost_changes());
        }
        changes.remove(0);
        Ok(changes)
    }

    /// Fails where the last change that was applied is not in the database any more. A node checks this before it tells what
    /// it has in force.
    pub(super) async fn refuse_after_lost_changes(&self) -> Result<()> {
        let Some(last) = self.last_applied().change.clone() else {
            return Ok(());
        };
        let found = change_log::Entity::find_by_id(last.number).one(&self.store.db).await?;
        if found == Some(last) {
            return Ok(());
        }
        Err(self.note_lost_changes())
    }

    /// From now on this node answers nothing, until it has started again.
    pub(super) fn note_lost_changes(&self) -> Error {
        self.verifier.unload();
        self.last_applied().is_lost = true;
        Error::Internal("the database has lost changes that are in force on this node".to_owned())
    }

    pub(super) fn has_lost_changes(&self) -> bool {
        self.last_applied().is_lost
    }

    pub(super) fn note_last_applied(&self, change: Option<change_log::Model>) {
        self.last_applied().change = change;
    }

    /// Forgets the numbers of all changes, and loads everything again.
    pub(super) async fn start_again(&self) -> Result<()> {
        tracing::error!("the database has lost changes that are in force on this node, so it loads all keys again");
        self.node.start_again();
        self.forget_reports();
        self.last_applied().change = None;
        self.load_index().await?;
        self.last_applied().is_lost = false;
        Ok(())
    }

    fn last_applied(&self) -> MutexGuard<'_, LastApplied> {
        self.last_applied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
