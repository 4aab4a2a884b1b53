//! Service accounts: programs that use the management API. A service account belongs to no person and outlives all of them.

use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::form::FormErrors;
use crate::id::{ServiceAccountId, ServiceTokenId};
use crate::list::Paging;
use crate::name;
use crate::role::Role;
use crate::time::{DAY, Timestamp};

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// The most environments to which one service account can be kept.
pub const MAX_ENVIRONMENTS: usize = 100;
/// The most tokens that one service account has at a time. With two, a program can change to a new one without a gap.
pub const MAX_TOKENS: usize = 2;
/// The value of [`ServiceAccountForm::scope`] for "Only these".
pub const ONLY: &str = "only";
/// The roles that a service account can have.
pub const ROLES: [Role; 3] = [Role::Viewer, Role::Developer, Role::Admin];

/// A page of the list in Settings → Service Accounts, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountList {
    pub accounts: Vec<ServiceAccount>,
    pub paging: Paging,
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub name: String,
    pub role: Role,
    /// The names of the environments to which it is kept; `None` for all.
    pub environments: Option<Vec<String>>,
    /// The older one first.
    pub tokens: Vec<ServiceToken>,
    pub created_at: Timestamp,
    /// The name of the person who created it, or `command line`.
    pub created_by: String,
    /// Since when its tokens are refused. Its keys go on working.
    pub disabled_at: Option<Timestamp>,
    /// Number of keys that it created, in any status.
    pub keys: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceToken {
    pub id: ServiceTokenId,
    /// `lkm_…9fQ2`
    pub masked: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Networks from which it may be used; `everywhere` where every address is allowed.
    pub allowed_addresses: String,
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
}

/// What the dialogs Create Service Account and Edit Service Account send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub role: String,
    /// `only` where the person chose "Only these", so that naming none is a mistake.
    #[serde(default)]
    pub scope: String,
    /// The names of the environments to which it is kept; empty for all.
    #[serde(default)]
    pub environments: Bounded<String, MAX_ENVIRONMENTS>,
    /// The end of the first token: `never`, `30`, `90` or `365` (days). Not read where a service account is edited.
    #[serde(default)]
    pub expires: String,
    /// The networks from which the first token may be used. Not read where a service account is edited.
    #[serde(default)]
    pub addresses: String,
}

/// What the dialog Add Token sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTokenForm {
    #[serde(default)]
    pub expires: String,
    #[serde(default)]
    pub addresses: String,
}

/// A token that was just made, with its only copy.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewServiceToken {
    pub account: ServiceAccountId,
    /// The name of the service account.
    pub name: String,
    pub id: ServiceTokenId,
    pub token: String,
    pub expires_at: Option<Timestamp>,
    pub change: i64,
}

impl std::fmt::Debug for NewServiceToken {
    /// Leaves the token out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NewServiceToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The name and the role that a form asks for.
pub fn name_and_role(form: &ServiceAccountForm) -> Result<(String, Role), FormErrors> {
    let mut errors = FormErrors::default();
    let name = read_name(&form.name).map_err(|message| errors.add("name", message));
    let role = read_role(&form.role).map_err(|message| errors.add("role", message));
    if form.scope == ONLY && form.environments.is_empty() {
        errors.add("environments", "Choose at least one environment, or all.");
    }
    match (name, role) {
        (Ok(name), Ok(role)) if errors.is_empty() => Ok((name, role)),
        _ => Err(errors),
    }
}

fn read_name(text: &str) -> Result<String, String> {
    let name = name::line(text, "A name", NAME_MAX)?;
    if name.is_empty() {
        return Err("Give the service account a name, like billing.".to_owned());
    }
    name::of_person(&name)?;
    Ok(name)
}

/// The end of a token that a form asks for: `never`, or a number of days.
///
/// # Errors
/// A sentence that names the choices.
pub fn read_end(expires: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    match expires {
        "never" => Ok(None),
        "30" => Ok(Some(now.plus(30 * DAY))),
        "90" => Ok(Some(now.plus(90 * DAY))),
        "365" => Ok(Some(now.plus(365 * DAY))),
        _ => Err("Choose when the token expires.".to_owned()),
    }
}

/// Reads a role that a service account can have.
///
/// # Errors
/// A sentence that names the choices.
pub fn read_role(text: &str) -> Result<Role, String> {
    Role::parse(text)
        .filter(|role| ROLES.contains(role))
        .ok_or_else(|| "Choose viewer, developer or admin.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_never_an_owner() {
        assert_eq!(read_role("developer"), Ok(Role::Developer));
        for other in ["owner", "", "Admin"] {
            assert!(read_role(other).is_err(), "{other}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let errors = name_and_role(&ServiceAccountForm::default()).unwrap_err();
        assert!(errors.of("name").is_some() && errors.of("role").is_some());
    }

    #[test]
    fn only_these_names_at_least_one_environment() {
        let mut form = ServiceAccountForm {
            name: "billing".to_owned(),
            role: "viewer".to_owned(),
            scope: ONLY.to_owned(),
            ..ServiceAccountForm::default()
        };
        assert!(name_and_role(&form).unwrap_err().of("environments").is_some());
        form.environments = ["default".to_owned()].into_iter().collect();
        assert_eq!(name_and_role(&form), Ok(("billing".to_owned(), Role::Viewer)));
    }

    #[test]
    fn a_new_token_prints_nothing() {
        let new = NewServiceToken {
            account: ServiceAccountId::from_random("0123456789"),
            name: "billing".to_owned(),
            id: ServiceTokenId::from_random("0123456789"),
            token: "lkm_secret".to_owned(),
            expires_at: None,
            change: 1,
        };
        assert!(!format!("{new:?}").contains("secret"));
    }
}
