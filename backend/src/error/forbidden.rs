//! Refusals because of what a person may do.

use model::role::{Permission, Role};

/// Why a person may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The person's role does not allow it.
    #[error("{}", role.may_not(*permission))]
    Role { role: Role, permission: Permission },
    /// The role allows this for one's own keys only, and this key belongs to another person.
    #[error("As a {} you can change only the keys that you created.", .0.title())]
    NotOwnKey(Role),
    /// A one-time link is unknown, used up or too old.
    #[error("This link was used already, or it is too old.")]
    SpentLink,
}
