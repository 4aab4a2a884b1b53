//! The audit log as JSON lines, a page at a time: whoever reads it slowly keeps no more than that in memory.

use model::audit::AuditQuery;
use model::role::Permission;
use model::time::Timestamp;
use serde_json::{Value, json};

use super::log::number;
use super::{Actor, Event};
use crate::backend::Backend;
use crate::entity::audit_event;
use crate::error::Result;

/// Events that are read at a time.
const BATCH: u64 = 1_000;

/// Lines, and where the next ones start.
#[derive(Debug)]
pub struct Lines {
    pub text: String,
    /// `None` at the end.
    pub next: Option<i64>,
}

impl Backend {
    /// Notes that somebody takes the log away, and answers with the first lines.
    pub async fn export_audit(&self, actor: &Actor, query: &AuditQuery) -> Result<Lines> {
        // First, so that the export holds its own event and a query that is wrong leaves none.
        self.audit_rows(query, number(&query.before)?, 1).await?;
        let mut write = self.write(actor, Permission::SeeAudit).await?;
        let event = Event {
            action: "audit.exported",
            subject: None,
            details: json!({ "query": query }),
        };
        write.audit(actor, &event);
        write.commit().await?;
        self.audit_lines(query, None).await
    }

    /// The lines of a query from before an event on, latest first.
    pub async fn audit_lines(&self, query: &AuditQuery, before: Option<i64>) -> Result<Lines> {
        let rows = self.audit_rows(query, before, BATCH).await?;
        let next = rows.last().filter(|_| rows.len() as u64 == BATCH).map(|row| row.number);
        let mut text = String::new();
        for row in &rows {
            text.push_str(&line(row).to_string());
            text.push('\n');
        }
        Ok(Lines { text, next })
    }
}

fn line(row: &audit_event::Model) -> Value {
    json!({
        "number": row.number,
        "at": Timestamp(row.at).rfc3339(),
        "atMs": row.at,
        "actor": { "kind": row.actor_kind, "id": row.actor_id, "name": row.actor_name, "address": row.address },
        "action": row.action,
        "subject": { "id": row.subject_id, "name": row.subject_name },
        "details": serde_json::from_str::<Value>(&row.details).unwrap_or_default(),
        "mac": row.mac.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
    })
}
