//! People as Settings → Users shows and changes them.

use serde::{Deserialize, Serialize};

use crate::form::FormErrors;
use crate::id::UserId;
use crate::list::Paging;
use crate::role::Role;
use crate::time::Timestamp;

/// One page of the users and one page of the open invitations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// By name.
    pub people: Vec<Person>,
    pub paging: Paging,
    /// Latest first.
    pub invitations: Vec<Invitation>,
    pub invited: Paging,
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// Since when this person cannot log in.
    pub disabled_at: Option<Timestamp>,
    pub last_login_at: Option<Timestamp>,
    /// Whether logging in asks for a code as well.
    pub second_factor: bool,
    /// Number of keys of this person, in any status.
    pub keys: u64,
    /// Whether this is the person who asks.
    pub me: bool,
    /// Whether this is the only Owner who can log in. That person cannot be disabled or given another role.
    pub last_owner: bool,
}

/// An invitation that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Identifies the invitation. It is not the secret of the link.
    pub id: String,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What the dialog Invite User sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub role: String,
}

/// The result of giving the keys of one person to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysGiven {
    pub keys: u64,
    /// The name of the person who has them now.
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteOutcome {
    Invited(OneTimeLink),
    Invalid(Box<InviteForm>, FormErrors),
}

/// A link that works once. It is shown once, to the person who makes it and passes it on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeLink {
    pub email: String,
    /// The whole address, with scheme and host.
    pub url: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for OneTimeLink {
    /// Leaves the link out: anybody who has it can use it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("OneTimeLink")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}
