//! The audit log as JSON lines, one page at a time: a slow reader makes the server keep no more than one page in
//! memory.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use model::audit::AuditQuery;
use model::audit_event::{AuditEvent, AuditExported};
use model::name;
use model::role::Permission;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::log::number;
use super::{Actor, Event};
use crate::audit::Audit;
use crate::error::Result;
use crate::store::entities::{audit_event, user};

/// Number of events that are read at a time.
const BATCH: u64 = 1_000;

/// Lines, and where the next lines start.
#[derive(Debug)]
pub struct Lines {
    pub text: String,
    /// `None` at the end.
    pub next: Option<i64>,
}

impl Audit {
    /// Records that a person exports the log, and answers with the first lines.
    pub async fn export(&self, actor: &Actor, query: &AuditQuery) -> Result<Lines> {
        actor.require(Permission::SeeAudit)?;
        // The query is tried before the event is written, so that a wrong query leaves no event. The export has its own
        // event.
        self.rows(query, number(&query.before)?, 1).await?;
        let mut mutation = self.store.begin(actor, Permission::SeeAudit).await?;
        let query_of_export = AuditExported { query: query.clone() };
        mutation.audit(
            actor,
            &Event::without_subject(AuditEvent::AuditExported(query_of_export)),
        );
        mutation.commit().await?;
        self.export_lines(actor, query, None).await
    }

    /// The e-mail addresses of the people in these rows, by ID.
    pub(crate) async fn emails_of_actors(&self, rows: &[audit_event::Model]) -> Result<HashMap<String, String>> {
        let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row.actor_id.as_deref()).collect();
        let people = user::Entity::find()
            .filter(user::Column::Id.is_in(ids))
            .all(&self.store.db)
            .await?;
        Ok(people
            .into_iter()
            .map(|person| (person.id.0.into(), person.email))
            .collect())
    }

    /// The lines of a query, latest first, beginning with the event before `before`.
    pub async fn export_lines(&self, actor: &Actor, query: &AuditQuery, before: Option<i64>) -> Result<Lines> {
        actor.require(Permission::SeeAudit)?;
        let rows = self.rows(query, before, BATCH).await?;
        let next = rows.last().filter(|_| rows.len() as u64 == BATCH).map(|row| row.number);
        let mut text = String::new();
        let emails = self.emails_of_actors(&rows).await?;
        for row in &rows {
            push_visible(&mut text, &line(row, &emails).to_string());
            text.push('\n');
        }
        Ok(Lines { text, next })
    }
}

/// Adds JSON, with escapes for invisible characters (RFC 8259, section 7): a terminal would obey some of them, and some
/// readers take U+2028 or U+0085 for the end of a line. The values do not change, so the MACs still fit.
fn push_visible(text: &mut String, json: &str) {
    for character in json.chars() {
        if name::hidden(character).is_none() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
}

fn line(row: &audit_event::Model, emails: &HashMap<String, String>) -> Value {
    json!({
        "number": row.number,
        "at": row.at.0.rfc3339(),
        "atMs": row.at.0,
        "actor": { "kind": row.actor_kind, "id": row.actor_id, "name": row.actor_name,
            "email": row.actor_id.as_ref().and_then(|id| emails.get(id)), "address": row.address },
        "action": row.action,
        "subject": { "id": row.subject_id, "name": row.subject_name },
        "details": serde_json::from_str::<Value>(&row.details).unwrap_or_default(),
        "mac": row.mac.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_means_the_same() {
        let value = json!({ "name": "a\u{1b}[2J\u{202e}b\u{2028}c\u{85}\u{e0041}🛒é" });
        let mut text = String::new();
        push_visible(&mut text, &value.to_string());
        assert_eq!(
            text,
            "{\"name\":\"a\\u001b[2J\\u202eb\\u2028c\\u0085\\udb40\\udc41🛒é\"}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
