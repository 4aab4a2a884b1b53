//! Refusals because of what a person may do.

use model::role::{Permission, Role};

/// Why a person may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The person's role does not allow it.
    #[error("{}", role.may_not(*permission))]
    Role { role: Role, permission: Permission },
    /// The role allows this for one's own keys only, and this key belongs to another person.
    #[error("{}s can change only keys that they created. Ask an admin.", .0.title())]
    NotOwnKey(Role),
    /// A service account is kept to some environments, and this reaches beyond them.
    #[error("This service account is kept to some environments, and this reaches beyond them.")]
    BeyondEnvironments,
    /// A service account asked for something that needs a person's password.
    #[error("Only a person can do this, since it needs a recently entered password.")]
    NeedsPerson,
    /// A token of a service account was used from another address than those that it allows.
    #[error("This token may not be used from this address.")]
    ServiceTokenAddress,
    /// A one-time link is unknown, used up or too old.
    #[error("This link was used already, or it is too old.")]
    SpentLink,
}
