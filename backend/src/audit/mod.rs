//! The audit log: who did what to what. Each event carries an HMAC over itself and the one before, under a key derived
//! from the master key, and the head a MAC over the last: whoever can write the database cannot rewrite history. Putting
//! back an old copy of the whole database is noticed by whoever remembers a later end (`anchor`).

mod anchor;
mod chain;
mod export;
mod log;
#[cfg(test)]
mod plans;
mod refusal;
mod stored;

use model::audit_event::AuditEvent;
use model::id::UserId;

pub(crate) use anchor::Memory;
pub use anchor::{Anchor, anchor_file};
pub(crate) use chain::{Chain, LastCheck, bind_head, ends_as_written, reseal};
pub use export::Lines;
pub(crate) use log::person;
pub(crate) use refusal::Quota;
pub use refusal::harmless_path;
pub(crate) use stored::sentence;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// Where the request came from.
    pub address: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    User {
        id: UserId,
        name: String,
        /// Names the session: the hash of its token. A mutation reads the session, the account and the role by it.
        session: Vec<u8>,
    },
    CommandLine,
    /// The server by itself: provisioning.
    System,
    /// Somebody who is not logged in.
    Nobody,
}

/// An event to be added to the log.
#[derive(Clone, Debug)]
pub(crate) struct Event<'a> {
    /// ID and name of what it happened to.
    subject: Option<(&'a str, &'a str)>,
    what: AuditEvent,
}

impl<'a> Event<'a> {
    /// An event that happened to the subject with this ID and name.
    pub(crate) const fn on(id: &'a str, name: &'a str, what: AuditEvent) -> Self {
        Self {
            subject: Some((id, name)),
            what,
        }
    }

    /// An event that happened to nothing in particular.
    pub(crate) const fn without_subject(what: AuditEvent) -> Self {
        Self { subject: None, what }
    }
}

/// Actors that are nobody in particular: the word in the database, and on screens.
pub(crate) const KINDS: [(&str, &str); 3] = [
    ("command_line", "command line"),
    ("system", "Latchkey"),
    ("nobody", "nobody"),
];

impl Actor {
    pub const fn command_line() -> Self {
        Self {
            kind: ActorKind::CommandLine,
            address: None,
        }
    }

    pub(crate) const fn system() -> Self {
        Self {
            kind: ActorKind::System,
            address: None,
        }
    }

    /// The person's ID, where it is a person.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.kind {
            ActorKind::User { id, .. } => Some(id),
            _ => None,
        }
    }

    fn columns(&self) -> (&'static str, Option<String>, String) {
        let (kind, name) = match &self.kind {
            ActorKind::User { id, name, .. } => return ("user", Some(id.to_string()), name.clone()),
            ActorKind::CommandLine => KINDS[0],
            ActorKind::System => KINDS[1],
            ActorKind::Nobody => KINDS[2],
        };
        (kind, None, name.to_owned())
    }
}
