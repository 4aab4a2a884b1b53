//! Roles and what each may do, as one table.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a person may do in the console, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Developer,
    Admin,
    Owner,
}

/// Makes the enum of permissions and the list of all of them.
macro_rules! permissions {
    ($($(#[$about:meta])* $permission:ident,)+) => {
        /// Something that a role may do or not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Permission {
            $($(#[$about])* $permission,)+
        }

        impl Permission {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$permission,)+];
        }
    };
}

permissions! {
    /// See keys (masked), profiles, usage, environments without their keys, and endpoints.
    SeeKeys,
    /// Change one's own password, sessions and second factor.
    OwnAccount,
    CreateKeys,
    /// Edit, disable, rotate and delete the keys one created.
    ChangeOwnKeys,
    ChangeAllKeys,
    /// Create, edit and delete bias profiles.
    ChangeProfiles,
    /// See customers.
    SeeCustomers,
    /// Create customers.
    CreateCustomers,
    /// Edit customers.
    ChangeCustomers,
    /// Suspend, resume and delete customers.
    SuspendCustomers,
    /// Change the catalogue of endpoints.
    ChangeEndpoints,
    /// Create, rename and hide environments, and see their keys, masked.
    ChangeEnvironments,
    /// Reveal, copy and rotate the keys of environments.
    RevealKeys,
    /// Read, check and export the audit log.
    SeeAudit,
    /// See the servers that share the database.
    SeeNodes,
    /// See, invite and disable people, give them roles, and give their keys to others.
    ManageUsers,
    /// See, create, change and disable service accounts, and give them tokens.
    ManageServiceAccounts,
}

/// How long an entered password counts for actions that ask for a password, in milliseconds.
pub const PASSWORD_COUNTS: i64 = 15 * crate::time::MINUTE;

/// Whether a password that was entered at `entered` still counts.
pub fn password_counts(entered: Timestamp, now: Timestamp) -> bool {
    now.since(entered) < PASSWORD_COUNTS
}

impl Permission {
    /// The permission table: the lowest role that may do it.
    pub const fn lowest_role(self) -> Role {
        match self {
            Self::SeeKeys | Self::OwnAccount | Self::SeeCustomers => Role::Viewer,
            Self::CreateKeys | Self::ChangeOwnKeys | Self::CreateCustomers | Self::ChangeCustomers => Role::Developer,
            Self::ChangeAllKeys
            | Self::ChangeProfiles
            | Self::SuspendCustomers
            | Self::ChangeEndpoints
            | Self::ChangeEnvironments
            | Self::RevealKeys
            | Self::SeeAudit
            | Self::SeeNodes => Role::Admin,
            Self::ManageUsers | Self::ManageServiceAccounts => Role::Owner,
        }
    }

    /// What it allows, for sentences: "Viewers can't create keys."
    pub const fn verb_phrase(self) -> &'static str {
        match self {
            Self::SeeKeys => "see keys",
            Self::OwnAccount => "change your account",
            Self::CreateKeys => "create keys",
            Self::ChangeOwnKeys | Self::ChangeAllKeys => "change keys",
            Self::ChangeProfiles => "change bias profiles",
            Self::SeeCustomers => "see customers",
            Self::CreateCustomers => "create customers",
            Self::ChangeCustomers => "change customers",
            Self::SuspendCustomers => "suspend, resume or delete customers",
            Self::ChangeEndpoints => "change the catalogue of endpoints",
            Self::ChangeEnvironments => "access environments",
            Self::RevealKeys => "reveal the keys of environments",
            Self::SeeAudit => "read the audit log",
            Self::SeeNodes => "see nodes",
            Self::ManageUsers => "see and manage people",
            Self::ManageServiceAccounts => "see and manage service accounts",
        }
    }

    /// Whether a service account that is kept to some environments can have this permission, for those. The others reach beyond a
    /// single environment. A customer may have keys in every environment, so changing one does; a new one has no keys.
    pub const fn is_within_environments(self) -> bool {
        matches!(
            self,
            Self::SeeKeys
                | Self::CreateKeys
                | Self::ChangeOwnKeys
                | Self::ChangeAllKeys
                | Self::SeeCustomers
                | Self::CreateCustomers
        )
    }
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Admin, Self::Owner];

    /// Whether this role has the permission, by the permission table.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.lowest_role()
    }

    /// The sentence of a refusal: "Viewers can't create keys. Ask an admin."
    pub fn may_not(self, permission: Permission) -> String {
        let whom = match permission.lowest_role() {
            Self::Owner => "an owner",
            _ => "an admin",
        };
        format!("{}s can't {}. Ask {whom}.", self.title(), permission.verb_phrase())
    }

    /// Whether this role may change a key. `own` says whether the person owns the key.
    pub fn may_change_key(self, own: bool) -> bool {
        self.may(Permission::ChangeAllKeys) || (own && self.may(Permission::ChangeOwnKeys))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role's name on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Developer => "Developer",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }

    /// What the role is for, shown beside the role where a person chooses one.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Viewer => "Sees keys, profiles and usage.",
            Self::Developer => "Also creates keys and changes their own.",
            Self::Admin => "Also changes all keys, profiles, endpoints and environments, and reads the audit log.",
            Self::Owner => "Also invites people, gives roles and manages service accounts.",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the product's description, written out once more by hand.
    #[test]
    fn the_table_is_the_one_that_was_promised() {
        use Permission::*;
        let viewer = [SeeKeys, OwnAccount, SeeCustomers].as_slice();
        let developer = [CreateKeys, ChangeOwnKeys, CreateCustomers, ChangeCustomers].as_slice();
        let admin = [
            ChangeAllKeys,
            ChangeProfiles,
            SuspendCustomers,
            ChangeEndpoints,
            ChangeEnvironments,
            RevealKeys,
            SeeAudit,
            SeeNodes,
        ]
        .as_slice();
        let owner = [ManageUsers, ManageServiceAccounts].as_slice();
        let mut promised = Vec::new();
        for (role, adds) in Role::ALL.into_iter().zip([viewer, developer, admin, owner]) {
            promised.extend(adds);
            for &permission in Permission::ALL {
                assert_eq!(
                    role.may(permission),
                    promised.contains(&permission),
                    "{role:?} {permission:?}"
                );
            }
        }
        assert_eq!(
            promised.len(),
            Permission::ALL.len(),
            "every permission is promised once"
        );
    }

    #[test]
    fn a_developer_changes_own_keys_only() {
        assert!(Role::Developer.may_change_key(true));
        assert!(!Role::Developer.may_change_key(false));
        assert!(!Role::Viewer.may_change_key(true));
        assert!(Role::Admin.may_change_key(false));
    }

    #[test]
    fn a_refusal_says_whom_to_ask() {
        assert_eq!(
            Role::Viewer.may_not(Permission::CreateKeys),
            "Viewers can't create keys. Ask an admin."
        );
        assert_eq!(
            Role::Admin.may_not(Permission::ManageUsers),
            "Admins can't see and manage people. Ask an owner."
        );
    }

    #[test]
    fn a_role_reads_back_from_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}
