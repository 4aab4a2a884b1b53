//! Queries to the audit log, and their answers.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Events on one page.
pub const PAGE_SIZE: u64 = 50;

/// A query to the audit log. An empty field does not filter. The fields are also the parameters in the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// A person's ID, e-mail address or name; the ID of a service account; or `command_line`, `system` or `nobody`.
    pub actor: String,
    /// The name of an event, `key.created`, or only the part before the dot, for all events of keys.
    pub action: String,
    /// ID or name of the thing that the event is about, most often a key.
    pub subject: String,
    /// Calendar days in UTC, `2027-02-20`, both included.
    pub from: String,
    pub to: String,
    /// The number of the last event of the page before.
    pub before: String,
}

/// One page, latest event first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub events: Vec<AuditRow>,
    /// The value of `before` that asks for the next page.
    pub next: Option<i64>,
    /// The actions that a person can choose from.
    pub actions: Vec<String>,
    pub now: Timestamp,
}

/// An event as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub number: i64,
    pub at: Timestamp,
    pub actor: String,
    /// The person's e-mail address, or their ID where there is no address: names are not unique. `None` where the actor is no
    /// person.
    pub person: Option<String>,
    pub address: Option<String>,
    /// `key.disabled`
    pub action: String,
    pub subject_id: Option<String>,
    pub subject_name: Option<String>,
    /// The words between the actor and the subject: `disabled`.
    pub headline: String,
    /// Whether the subject follows these words.
    pub with_subject: bool,
    /// The path of the screen that shows the subject.
    pub subject_path: Option<String>,
    /// The event's details in words.
    pub details: String,
}

/// The result of checking the whole chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainCheck {
    pub at: Timestamp,
    pub events: i64,
    /// The first event that is not as it was written.
    pub broken: Option<Broken>,
}

/// Where the chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    pub number: i64,
    pub how: Breakage,
    /// What the row says now, where the row still exists: `key.deleted by Mara Ott at …`.
    pub row: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breakage {
    /// The row exists, but it is not what was written under its number.
    Changed,
    /// No row has this number, but later rows exist.
    Missing,
    /// The log ends before this event.
    CutOff,
    /// The event itself is sound, but another event had its number: the log was cut off at or before this event and
    /// then continued.
    Replaced,
}

impl Broken {
    /// A sentence for people: `Event 12 is not as it was written. The row says now: key.deleted by …`
    pub fn sentence(&self) -> String {
        let number = self.number;
        let what = match self.how {
            Breakage::Changed => format!("Event {number} is not as it was written"),
            Breakage::Missing => format!("Event {number} was removed"),
            Breakage::CutOff => format!("The log was cut off: event {number} and what followed is missing"),
            Breakage::Replaced => {
                format!("Event {number} is not the one that was there: the log was cut off before it and went on")
            }
        };
        match &self.row {
            Some(row) => format!("{what}. The row says now: {row}."),
            None => format!("{what}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_is_named() {
        let broken = Broken {
            number: 12,
            how: Breakage::Changed,
            row: Some("key.deleted by Mara".to_owned()),
        };
        assert_eq!(
            broken.sentence(),
            "Event 12 is not as it was written. The row says now: key.deleted by Mara."
        );
    }
}
