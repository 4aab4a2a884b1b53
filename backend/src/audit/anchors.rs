//! Where the audit log ended, as this process has seen it: for operators who keep that elsewhere.

use std::path::Path;
use std::time::Duration;

use super::{Anchor, Audit};
use crate::error::Result;

/// How often the server writes an anchor into its log, where the audit log went on.
const LOGGED: Duration = Duration::from_hours(1);

impl Audit {
    /// The file in which the end of the log is remembered, where there is to be one.
    pub fn anchor_file(&self) -> Option<&Path> {
        self.store.memory.file()
    }

    /// The furthest event that this process, or one before it, has seen.
    pub fn anchor(&self) -> Option<Anchor> {
        self.store.memory.seen()
    }

    /// Whether the log has this very event. Says nothing about whether the log is as it was written.
    pub async fn has_event(&self, anchor: &Anchor) -> Result<bool> {
        self.store.has_event(anchor).await
    }

    /// Says now and then in the server's log where the audit log ends, for whoever keeps that elsewhere. Runs for as long
    /// as the server does.
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
