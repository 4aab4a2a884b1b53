//! What is stored about the events of people: invitations, roles, logins, sessions, passwords.

use serde::{Deserialize, Serialize};

use super::stored::{is_zero, with_suppressed};
use super::{Details, StoredTime};
use crate::id::UserId;
use crate::role::Role;

/// A one-time link was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkIssued {
    pub expires_at: StoredTime,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleGiven {
    /// `None` where an invitation was stored without a role that this version knows.
    pub role: Option<Role>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationMade {
    pub role: Role,
    /// When the link of the invitation ends.
    pub expires_at: StoredTime,
}

/// A person followed the link of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Joined {
    pub role: Role,
    /// `None` where the invitation came from the command line.
    pub invited_by: Option<UserId>,
}

/// Sessions ended because of what happened to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsEndedCount {
    pub sessions_ended: u64,
}

/// A person ended all of their other sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsEnded {
    pub count: u64,
}

/// A person ended one of their other sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionEnded {
    pub device: String,
    pub address: String,
}

/// All keys of a person were given to another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysHandedOver {
    pub count: u64,
    /// The e-mail address of the new owner.
    pub to: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginDetails {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
    /// How many recovery codes are left after one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_codes_left: Option<u64>,
    /// How many logins before this one were not noted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

/// What a person used as the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactor {
    #[serde(rename = "code")]
    Code,
    #[serde(rename = "recovery code")]
    RecoveryCode,
}

/// The password was right, and a code is asked for next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeAsked {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginFailed {
    pub reason: LoginFailure,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginFailure {
    #[serde(rename = "unknown address")]
    UnknownAddress,
    #[serde(rename = "disabled")]
    Disabled,
    #[serde(rename = "wrong password")]
    WrongPassword,
    /// A person who is logged in typed a wrong password where the console asks for the password once more.
    #[serde(rename = "wrong password in a session")]
    WrongPasswordInSession,
    /// While the password was being checked, it was changed or the person was disabled.
    #[serde(rename = "changed meanwhile")]
    ChangedMeanwhile,
    #[serde(rename = "too many attempts")]
    TooManyAttempts,
    #[serde(rename = "wrong code")]
    WrongCode,
    #[serde(rename = "too late for the code")]
    TooLateForCode,
}

impl Details for LinkIssued {
    fn sentence(&self) -> String {
        link_expires(self.expires_at)
    }
}

impl Details for RoleGiven {
    fn sentence(&self) -> String {
        self.role.map(role_in_words).unwrap_or_default()
    }
}

impl Details for InvitationMade {
    fn sentence(&self) -> String {
        format!("{}; {}", role_in_words(self.role), link_expires(self.expires_at))
    }
}

impl Details for Joined {
    fn sentence(&self) -> String {
        let role = role_in_words(self.role);
        match &self.invited_by {
            Some(by) => format!("{role}; invited by: {by}"),
            None => role,
        }
    }
}

impl Details for SessionsEndedCount {
    fn sentence(&self) -> String {
        sessions_ended(self.sessions_ended)
    }
}

impl Details for SessionsEnded {
    fn sentence(&self) -> String {
        sessions_ended(self.count)
    }
}

impl Details for SessionEnded {
    fn sentence(&self) -> String {
        format!("device: {}; address: {}", self.device, self.address)
    }
}

impl Details for KeysHandedOver {
    fn sentence(&self) -> String {
        let keys = if self.count == 1 { "key" } else { "keys" };
        format!("{} {keys} to {}", self.count, self.to)
    }
}

impl Details for LoginDetails {
    fn sentence(&self) -> String {
        let mut told = Vec::new();
        if let Some(second_factor) = self.second_factor {
            told.push(format!("second factor: {}", second_factor.words()));
        }
        if let Some(left) = self.recovery_codes_left {
            told.push(format!("recovery codes left: {left}"));
        }
        with_suppressed(told.join("; "), self.suppressed)
    }
}

impl Details for CodeAsked {
    fn sentence(&self) -> String {
        with_suppressed(String::new(), self.suppressed)
    }
}

impl Details for LoginFailed {
    fn sentence(&self) -> String {
        with_suppressed(self.reason.words().to_owned(), self.suppressed)
    }
}

impl SecondFactor {
    const fn words(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::RecoveryCode => "recovery code",
        }
    }
}

impl LoginFailure {
    const fn words(self) -> &'static str {
        match self {
            Self::UnknownAddress => "unknown address",
            Self::Disabled => "disabled",
            Self::WrongPassword => "wrong password",
            Self::WrongPasswordInSession => "wrong password in a session",
            Self::ChangedMeanwhile => "changed meanwhile",
            Self::TooManyAttempts => "too many attempts",
            Self::WrongCode => "wrong code",
            Self::TooLateForCode => "too late for the code",
        }
    }
}

pub(super) fn role_in_words(role: Role) -> String {
    format!("role: {}", role.as_str())
}

fn link_expires(StoredTime(at): StoredTime) -> String {
    format!("the link expires {}", at.exact())
}

fn sessions_ended(count: u64) -> String {
    format!("sessions ended: {count}")
}
