//! Roles and what each may do, as one table.

use serde::{Deserialize, Serialize};

/// What a person is in the console, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Developer,
    Admin,
    Owner,
}

/// Something that a role may do or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See keys (masked), profiles and usage.
    SeeKeys,
    CreateKeys,
    /// Edit, disable, rotate and delete the keys one created.
    ChangeOwnKeys,
    ChangeAllKeys,
    /// Create, edit and delete bias profiles.
    ChangeProfiles,
}

impl Permission {
    /// What it allows, for sentences: "As a Viewer you cannot create keys."
    pub const fn what(self) -> &'static str {
        match self {
            Self::SeeKeys => "see keys",
            Self::CreateKeys => "create keys",
            Self::ChangeOwnKeys | Self::ChangeAllKeys => "change keys",
            Self::ChangeProfiles => "change bias profiles",
        }
    }
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Admin, Self::Owner];

    /// The permission table.
    pub fn may(self, permission: Permission) -> bool {
        let least = match permission {
            Permission::SeeKeys => Self::Viewer,
            Permission::CreateKeys | Permission::ChangeOwnKeys => Self::Developer,
            Permission::ChangeAllKeys | Permission::ChangeProfiles => Self::Admin,
        };
        self >= least
    }

    /// Whether this role may change a key, which is one's own or not.
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

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_developer_changes_own_keys_only() {
        assert!(Role::Developer.may_change_key(true));
        assert!(!Role::Developer.may_change_key(false));
        assert!(!Role::Viewer.may_change_key(true));
        assert!(Role::Admin.may_change_key(false));
    }

    #[test]
    fn a_role_reads_back_from_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}
