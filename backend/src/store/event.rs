//! Events of the audit log, and what the database holds of them.

use model::audit_event::{Action, AuditEvent};
use serde_json::json;

/// An event to be added to the log.
#[derive(Clone, Debug)]
pub(crate) struct Event<'a> {
    /// ID and name of the thing that the event is about.
    pub(crate) subject: Option<(&'a str, &'a str)>,
    pub(crate) what: AuditEvent,
}

impl<'a> Event<'a> {
    /// An event about the subject with this ID and name.
    pub(crate) const fn on(id: &'a str, name: &'a str, what: AuditEvent) -> Self {
        Self {
            subject: Some((id, name)),
            what,
        }
    }

    /// An event without a subject.
    pub(crate) const fn without_subject(what: AuditEvent) -> Self {
        Self { subject: None, what }
    }
}

/// The details of an event as the database stores them. The MAC of the event covers this text.
pub(crate) fn details(event: &AuditEvent) -> String {
    json!(event).to_string()
}

/// The event that a row is about. `None` where this version does not know the action, or not all of the details.
pub(crate) fn read(action: &str, details: &str) -> Option<AuditEvent> {
    let mut details = serde_json::Deserializer::from_str(details);
    AuditEvent::read(Action::parse(action)?, &mut details).ok()
}
