//! Things that do not exist.

use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId, ServiceAccountId, ServiceTokenId, UserId};

/// What was asked for and does not exist, or no longer exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    #[error("There is no key {0}. It may have been deleted.")]
    Key(KeyId),
    /// The key exists, but this node has not loaded it.
    #[error("This node does not know key {0} yet. Try again in a moment.")]
    KeyOnNode(KeyId),
    #[error("This old token has ended already.")]
    OldToken,
    #[error("There is no bias profile {0}. It may have been deleted.")]
    Profile(ProfileId),
    #[error("There is no bias profile {0:?}.")]
    ProfileNamed(String),
    #[error("There is no customer {0}. It may have been deleted.")]
    Customer(CustomerId),
    /// As a person or program named it.
    #[error("There is no customer “{0}”.")]
    CustomerNamed(String),
    #[error("There is no environment {0}.")]
    Environment(EnvironmentId),
    #[error("There is no such endpoint in the catalogue. It may have been retired.")]
    Endpoint,
    /// No user has this ID.
    #[error("There is no user {0}.")]
    User(UserId),
    /// No user has this e-mail address, which was given on the command line.
    #[error("there is no user {0}")]
    UserWithEmail(String),
    #[error("There is no user “{0}”.")]
    UserNamed(String),
    #[error("There is more than one “{0}”. Write the e-mail address.")]
    AmbiguousUser(String),
    #[error("There is no service account {0}. It may have been deleted.")]
    ServiceAccount(ServiceAccountId),
    #[error("There is no service account “{0}”.")]
    ServiceAccountNamed(String),
    #[error("There is no service token {0}. It may have ended.")]
    ServiceToken(ServiceTokenId),
    #[error("That session has ended already.")]
    Session,
    #[error("There is no change {0}.")]
    Change(i64),
    #[error("That invitation was used, replaced or revoked already.")]
    Invitation,
}
