//! People as Settings → Users shows and changes them.

use serde::{Deserialize, Serialize};

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
    /// Whether logging in takes a code as well.
    pub second_factor: bool,
    /// Keys of this person, in whatever status.
    pub keys: u64,
    /// Whether this is who asks.
    pub me: bool,
    /// The only owner who can log in: cannot be disabled or given another role.
    pub last_owner: bool,
}

/// A one-time link that was made for somebody and not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Names it; not what the link carries.
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

/// What came of giving the keys of one person to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysGiven {
    pub keys: u64,
    /// The name of who has them now.
    pub to: String,
}

/// A link that works once, for whoever makes it to pass on. Shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeLink {
    pub email: String,
    /// The whole address, with scheme and host.
    pub url: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for OneTimeLink {
    /// Leaves the link out: whoever has it gets in.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("OneTimeLink")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}
