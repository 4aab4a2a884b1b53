//! The place in the settings: a tab and, perhaps, a dialog over it. It is read from the part of the path after `/settings/`.

use model::id::{EnvironmentId, ServiceAccountId, ServiceTokenId, UserId};
use model::role::Permission;

/// The tabs, in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Environments,
    Endpoints,
    Users,
    ServiceAccounts,
    Nodes,
    Security,
}

/// A dialog over a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SettingsDialog {
    CreateEnvironment,
    RenameEnvironment(EnvironmentId),
    RotateEnvironmentKey(EnvironmentId),
    AddEndpoint,
    EditEndpoint(String),
    RetireEndpoint(String),
    InviteUser,
    ChangeRole(UserId),
    DisableUser(UserId),
    GiveKeys(UserId),
    ResetLink(UserId),
    RemoveSecondFactor(UserId),
    CreateServiceAccount,
    EditServiceAccount(ServiceAccountId),
    AddServiceToken(ServiceAccountId),
    EndServiceToken(ServiceAccountId, ServiceTokenId),
    DisableServiceAccount(ServiceAccountId),
    DeleteServiceAccount(ServiceAccountId),
    SetUpSecondFactor,
    TurnOffSecondFactor,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) tab: Tab,
    pub(super) dialog: Option<SettingsDialog>,
}

impl Tab {
    pub(super) const ALL: [Self; 6] = [
        Self::Environments,
        Self::Endpoints,
        Self::Users,
        Self::ServiceAccounts,
        Self::Nodes,
        Self::Security,
    ];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Environments => "/settings",
            Self::Endpoints => "/settings/endpoints",
            Self::Users => "/settings/users",
            Self::ServiceAccounts => "/settings/service-accounts",
            Self::Nodes => "/settings/nodes",
            Self::Security => "/settings/security",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Environments => "Environments",
            Self::Endpoints => "Endpoints",
            Self::Users => "Users",
            Self::ServiceAccounts => "Service Accounts",
            Self::Nodes => "Nodes",
            Self::Security => "Security",
        }
    }

    /// The permission to see the tab.
    pub(super) const fn permission(self) -> Permission {
        match self {
            Self::Environments | Self::Endpoints => Permission::SeeKeys,
            Self::Users => Permission::ManageUsers,
            Self::ServiceAccounts => Permission::ManageServiceAccounts,
            Self::Nodes => Permission::SeeNodes,
            Self::Security => Permission::OwnAccount,
        }
    }

    /// The permission to change anything in the tab, and to open its dialogs.
    pub(super) const fn change_permission(self) -> Permission {
        match self {
            Self::Environments => Permission::ChangeEnvironments,
            Self::Endpoints => Permission::ChangeEndpoints,
            Self::Users | Self::ServiceAccounts | Self::Nodes | Self::Security => self.permission(),
        }
    }

    /// The id of the tab's element.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Environments => "tab-environments",
            Self::Endpoints => "tab-endpoints",
            Self::Users => "tab-users",
            Self::ServiceAccounts => "tab-service-accounts",
            Self::Nodes => "tab-nodes",
            Self::Security => "tab-security",
        }
    }
}

impl Place {
    /// The place at a path, or `None` if the path leads nowhere.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let environment = |id: &str| EnvironmentId::from_stored(id.to_owned());
        let user = |id: &str| UserId::from_stored(id.to_owned());
        let (tab, dialog) = match segments.as_slice() {
            [""] => (Tab::Environments, None),
            ["environments", "new"] => (Tab::Environments, Some(SettingsDialog::CreateEnvironment)),
            ["environments", id, "rename"] => (
                Tab::Environments,
                Some(SettingsDialog::RenameEnvironment(environment(id))),
            ),
            ["environments", id, "rotate"] => (
                Tab::Environments,
                Some(SettingsDialog::RotateEnvironmentKey(environment(id))),
            ),
            ["endpoints"] => (Tab::Endpoints, None),
            ["endpoints", "new"] => (Tab::Endpoints, Some(SettingsDialog::AddEndpoint)),
            ["endpoints", name, "edit"] => (Tab::Endpoints, Some(SettingsDialog::EditEndpoint((*name).to_owned()))),
            ["endpoints", name, "retire"] => (Tab::Endpoints, Some(SettingsDialog::RetireEndpoint((*name).to_owned()))),
            ["users"] => (Tab::Users, None),
            ["users", "invite"] => (Tab::Users, Some(SettingsDialog::InviteUser)),
            ["users", id, "role"] => (Tab::Users, Some(SettingsDialog::ChangeRole(user(id)))),
            ["users", id, "disable"] => (Tab::Users, Some(SettingsDialog::DisableUser(user(id)))),
            ["users", id, "give-keys"] => (Tab::Users, Some(SettingsDialog::GiveKeys(user(id)))),
            ["users", id, "reset-link"] => (Tab::Users, Some(SettingsDialog::ResetLink(user(id)))),
            ["users", id, "second-factor"] => (Tab::Users, Some(SettingsDialog::RemoveSecondFactor(user(id)))),
            ["service-accounts"] => (Tab::ServiceAccounts, None),
            ["service-accounts", rest @ ..] => (Tab::ServiceAccounts, Some(service_account_dialog(rest)?)),
            ["nodes"] => (Tab::Nodes, None),
            ["security"] => (Tab::Security, None),
            ["security", "second-factor"] => (Tab::Security, Some(SettingsDialog::SetUpSecondFactor)),
            ["security", "turn-off"] => (Tab::Security, Some(SettingsDialog::TurnOffSecondFactor)),
            _ => return None,
        };
        Some(Self { tab, dialog })
    }
}

/// The dialog over the service accounts at the rest of a path; `None` if the path leads nowhere.
fn service_account_dialog(rest: &[&str]) -> Option<SettingsDialog> {
    let account = |id: &str| ServiceAccountId::from_stored(id.to_owned());
    Some(match rest {
        ["new"] => SettingsDialog::CreateServiceAccount,
        [id, "edit"] => SettingsDialog::EditServiceAccount(account(id)),
        [id, "add-token"] => SettingsDialog::AddServiceToken(account(id)),
        [id, "end-token", token] => {
            SettingsDialog::EndServiceToken(account(id), ServiceTokenId::from_stored((*token).to_owned()))
        }
        [id, "disable"] => SettingsDialog::DisableServiceAccount(account(id)),
        [id, "delete"] => SettingsDialog::DeleteServiceAccount(account(id)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_each_tab_leads_to_it() {
        for tab in Tab::ALL {
            let path = tab.path().strip_prefix("/settings").unwrap_or_default();
            assert_eq!(Place::parse(path), Some(Place { tab, dialog: None }), "{path}");
        }
    }

    #[test]
    fn the_path_of_a_dialog_names_its_subject() {
        let id = UserId::from_stored("usr_0123456789".to_owned());
        assert_eq!(
            Place::parse("users/usr_0123456789/role"),
            Some(Place {
                tab: Tab::Users,
                dialog: Some(SettingsDialog::ChangeRole(id)),
            })
        );
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "nothing",
            "users/new",
            "service-accounts/svc_1",
            "service-accounts/svc_1/end-token",
            "environments/env_1",
            "security/turn-off/x",
        ] {
            assert_eq!(Place::parse(path), None, "{path}");
        }
    }
}
