//! Anchors: the end of the audit log as this process has seen it, for operators who store it elsewhere.

use std::path::Path;
use std::time::Duration;

use super::{Anchor, Audit};
use crate::error::Result;

/// How often the server writes an anchor into its own log, where the audit log has new events.
const LOGGED: Duration = Duration::from_hours(1);

impl Audit {
    /// The anchor file, where there is to be one.
    pub fn anchor_file(&self) -> Option<&Path> {
        self.store.audit_end.file()
    }

    /// The latest event that this process, or one before it, has seen.
    pub fn anchor(&self) -> Option<Anchor> {
        self.store.audit_end.seen()
    }

    /// Whether the audit log has exactly this event. Does not check whether the log is as it was written.
    pub async fn has_event(&self, anchor: &Anchor) -> Result<bool> {
        self.store.has_event(anchor).await
    }

    /// Writes the end of the audit log into the server's own log from time to time, for operators who store it
    /// elsewhere. Runs for as long as the server does.
    pub async fn log_anchors(&self) {
        let mut told = None;
        loop {
            let anchor = self.anchor();
            if let Some(anchor) = &anchor
                && told.as_ref() != Some(anchor)
            {
                tracing::info!("audit anchor {anchor}");
                self.store.write_anchor().await;
            }
            told = anchor;
            tokio::time::sleep(LOGGED).await;
        }
    }
}
