//! What a person may not do.

use model::role::{Permission, Role};

/// Why a person may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The person's role does not allow it.
    #[error("{}", role.may_not(*permission))]
    Role { role: Role, permission: Permission },
    /// The role allows it for one's own keys, and this key is another person's.
    #[error("As a {} you can change only the keys that you created.", .0.title())]
    NotOwnKey(Role),
    /// A link that lets somebody in is unknown, used up or too old.
    #[error("This link was used already, or it is too old.")]
    SpentLink,
}
