//! Who does something, and from where.

use model::id::UserId;

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

    /// Kind, ID and name as the audit log stores them.
    pub(crate) fn columns(&self) -> (&'static str, Option<String>, String) {
        let (kind, name) = match &self.kind {
            ActorKind::User { id, name, .. } => return ("user", Some(id.to_string()), name.clone()),
            ActorKind::CommandLine => KINDS[0],
            ActorKind::System => KINDS[1],
            ActorKind::Nobody => KINDS[2],
        };
        (kind, None, name.to_owned())
    }
}
