//! Actors: who does something, and from where.

use std::sync::Arc;

use model::id::{EnvironmentId, ServiceAccountId, ServiceTokenId, UserId};
use model::role::{Permission, Role};

use crate::change_request::ChangeRequest;
use crate::error::{Error, Forbidden, Result};

/// The person or program that does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// The role with which the request was let in. A mutation reads the role again.
    pub role: Role,
    /// Where the request came from.
    pub address: Option<String>,
    /// What a program's request adds to the change that it asks for.
    pub request: Option<Arc<ChangeRequest>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    User {
        id: UserId,
        name: String,
        /// Identifies the session: the hash of its token. A mutation uses it to read the session, the account and the
        /// role.
        session: Vec<u8>,
    },
    /// A program that uses the management API.
    ServiceAccount {
        id: ServiceAccountId,
        name: String,
        /// The token of the request. A mutation uses it to read the token, the account and the role.
        token: ServiceTokenId,
        /// The environments to which the service account is kept; `None` for all.
        environments: Option<Vec<EnvironmentId>>,
    },
    CommandLine,
    /// The server itself, as in provisioning.
    System,
    /// Somebody who is not logged in.
    Nobody,
}

/// Whose key it is, and to which environment it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyOwner<'a> {
    pub(crate) person: Option<&'a UserId>,
    pub(crate) service_account: Option<&'a ServiceAccountId>,
    pub(crate) environment: &'a EnvironmentId,
}

/// Actors that are not people: the word in the database, and the word on screens.
pub(crate) const KINDS: [(&str, &str); 3] = [
    ("command_line", "command line"),
    ("system", "Latchkey"),
    ("nobody", "nobody"),
];

impl Actor {
    pub const fn command_line() -> Self {
        Self {
            kind: ActorKind::CommandLine,
            role: Role::Owner,
            address: None,
            request: None,
        }
    }

    pub(crate) const fn system() -> Self {
        Self {
            kind: ActorKind::System,
            role: Role::Owner,
            address: None,
            request: None,
        }
    }

    /// Somebody who is not logged in. They may do nothing.
    pub(crate) const fn nobody(address: String) -> Self {
        Self {
            kind: ActorKind::Nobody,
            role: Role::Viewer,
            address: Some(address),
            request: None,
        }
    }

    /// This actor, for a change to which its request adds a condition or a kept answer.
    #[must_use]
    pub fn with_request(&self, request: Arc<ChangeRequest>) -> Self {
        Self {
            request: Some(request),
            ..self.clone()
        }
    }

    /// Identifies the actor among all actors.
    pub fn identity(&self) -> String {
        let (kind, id, _) = self.columns();
        format!("{kind} {}", id.unwrap_or_default())
    }

    /// Refuses what this actor may not do. Each method that serves people begins with it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        match &self.kind {
            ActorKind::Nobody => Err(Error::SignedOut),
            ActorKind::ServiceAccount { .. } if permission == Permission::OwnAccount => {
                Err(Forbidden::NeedsPerson.into())
            }
            ActorKind::ServiceAccount {
                environments: Some(_), ..
            } if self.role.may(permission) && !permission.is_within_environments() => {
                Err(Forbidden::BeyondEnvironments.into())
            }
            _ if self.role.may(permission) => Ok(()),
            _ => Err(Forbidden::Role {
                role: self.role,
                permission,
            }
            .into()),
        }
    }

    /// Whether this actor, with this role, may change a key.
    pub(crate) fn may_change_key(&self, role: Role, key: &KeyOwner<'_>) -> bool {
        let own = match &self.kind {
            ActorKind::CommandLine | ActorKind::System => return true,
            ActorKind::User { id, .. } => key.person == Some(id),
            ActorKind::ServiceAccount { id, .. } => key.service_account == Some(id),
            ActorKind::Nobody => return false,
        };
        self.reaches(key.environment) && role.may_change_key(own)
    }

    /// The environments to which this actor is kept; `None` for all.
    pub(crate) fn environments(&self) -> Option<&[EnvironmentId]> {
        match &self.kind {
            ActorKind::ServiceAccount { environments, .. } => environments.as_deref(),
            _ => None,
        }
    }

    /// Whether this actor may see and use what belongs to this environment.
    pub(crate) fn reaches(&self, environment: &EnvironmentId) -> bool {
        self.environments().is_none_or(|kept| kept.contains(environment))
    }

    /// The person's ID, where the actor is a person.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.kind {
            ActorKind::User { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The service account's ID, where the actor is one.
    pub fn service_account_id(&self) -> Option<&ServiceAccountId> {
        match &self.kind {
            ActorKind::ServiceAccount { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Kind, ID and name as the audit log stores them.
    pub(crate) fn columns(&self) -> (&'static str, Option<String>, String) {
        let (kind, name) = match &self.kind {
            ActorKind::User { id, name, .. } => return ("user", Some(id.to_string()), name.clone()),
            ActorKind::ServiceAccount { id, name, .. } => {
                return ("service_account", Some(id.to_string()), name.clone());
            }
            ActorKind::CommandLine => KINDS[0],
            ActorKind::System => KINDS[1],
            ActorKind::Nobody => KINDS[2],
        };
        (kind, None, name.to_owned())
    }
}
