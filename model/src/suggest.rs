//! Suggestions for a text field that chooses among many.

use serde::{Deserialize, Serialize};

use crate::role::Permission;

/// The most suggestions at a time.
pub const SUGGESTED: usize = 20;

/// What a field chooses among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// People who may be given keys.
    NewOwner,
    /// Actors in the audit log: people and programs.
    Actor,
    Key,
    Endpoint,
    BiasProfile,
    Customer,
    Tag,
    /// People and programs that create keys, by name.
    Creator,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What the field holds once it is chosen.
    pub value: String,
    pub title: String,
    /// Tells suggestions with one title apart.
    pub detail: String,
}

impl Choice {
    pub const ALL: [Self; 8] = [
        Self::NewOwner,
        Self::Actor,
        Self::Key,
        Self::Endpoint,
        Self::BiasProfile,
        Self::Customer,
        Self::Tag,
        Self::Creator,
    ];

    /// What a person must be allowed to do to see the suggestions.
    pub const fn permission(self) -> Permission {
        match self {
            Self::NewOwner => Permission::ChangeAllKeys,
            Self::Actor => Permission::SeeAudit,
            Self::Key | Self::Endpoint | Self::BiasProfile | Self::Tag | Self::Creator => Permission::SeeKeys,
            Self::Customer => Permission::SeeCustomers,
        }
    }
}
