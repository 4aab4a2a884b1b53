//! What the audit log knows: every event, its name in the database, what is stored beside it and the sentence that
//! people read.
//!
//! A new event is one line in the table below, one struct with what is stored about it, and its words in `headline`; a struct
//! without a sentence does not compile, nor does an event without words. Names and stored details never change: the MACs of the audit chain cover them.

mod account;
mod catalogue;
mod customer;
mod environment;
mod headline;
mod key;
mod log;
mod service_account;
mod stored;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use account::{
    CodeAsked, InvitationMade, Joined, KeysHandedOver, LinkIssued, LoginDetails, LoginFailed, LoginFailure, RoleGiven,
    SecondFactor, SessionEnded, SessionsEnded, SessionsEndedCount,
};
pub use catalogue::{EndpointCreated, ProfileEdited, ProfileVersion};
pub use customer::{CustomerCreated, CustomerDeleted};
pub use environment::{EnvironmentCreated, EnvironmentKey, EnvironmentKeyRotated};
pub use headline::{headline, subject_path};
pub use key::{KeyActivated, KeyCreated, KeyDeleted, KeyFailed, KeyRotated, OldTokenEnded};
pub use log::{AuditExported, ConsoleRefused, CutOff};
pub use service_account::{ServiceAccountCreated, ServiceTokenCreated, ServiceTokenEnded};
pub use stored::{FieldChange, FieldChanges, NoDetails, StoredTime};

/// What is stored about an event besides its name, its subject and its actor. The database holds it as JSON.
trait Details {
    /// What people read beside the name of the event. Empty where the name says it all.
    fn sentence(&self) -> String;
}

/// Declares every event: the variant, the struct with its details, and its name in the database.
macro_rules! events {
    ($($event:ident($details:ty) = $name:literal,)+) => {
        /// The name of an event: what happened, without the details.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($event,)+
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$event,)+];

            /// The name in the database, in addresses and in exports: `key.created`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)+
                }
            }
        }

        /// An event with its details. Serialises as its details alone; [`AuditEvent::read`] is the way back.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum AuditEvent {
            $($event($details),)+
        }

        impl AuditEvent {
            pub const fn action(&self) -> Action {
                match self {
                    $(Self::$event(_) => Action::$event,)+
                }
            }

            /// What people read beside the name of the event: `Name: Shop → Store`.
            pub fn sentence(&self) -> String {
                match self {
                    $(Self::$event(details) => Details::sentence(details),)+
                }
            }

            /// Reads the stored details of an event. Details with fields that this version does not know are an error,
            /// so that nothing of them is left out unnoticed.
            pub fn read<'de, D: Deserializer<'de>>(action: Action, details: D) -> Result<Self, D::Error> {
                Ok(match action {
                    $(Action::$event => Self::$event(Deserialize::deserialize(details)?),)+
                })
            }
        }

        impl Serialize for AuditEvent {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$event(details) => details.serialize(serializer),)+
                }
            }
        }
    };
}

events! {
    KeyCreated(KeyCreated) = "key.created",
    KeyImported(KeyCreated) = "key.imported",
    KeyActivated(KeyActivated) = "key.activated",
    KeyFailed(KeyFailed) = "key.failed",
    KeyEdited(FieldChanges) = "key.edited",
    KeyDisabled(NoDetails) = "key.disabled",
    KeyEnabled(NoDetails) = "key.enabled",
    KeyRotated(KeyRotated) = "key.rotated",
    KeyOldTokenEnded(OldTokenEnded) = "key.old_token_ended",
    KeyOwnerChanged(FieldChanges) = "key.owner_changed",
    KeyDeleted(KeyDeleted) = "key.deleted",

    EnvironmentCreated(EnvironmentCreated) = "environment.created",
    EnvironmentRenamed(FieldChanges) = "environment.renamed",
    EnvironmentHidden(NoDetails) = "environment.hidden",
    EnvironmentShown(NoDetails) = "environment.shown",
    EnvironmentKeyCreated(EnvironmentKey) = "environment.key_created",
    EnvironmentKeyRevealed(EnvironmentKey) = "environment.key_revealed",
    EnvironmentKeyCopied(EnvironmentKey) = "environment.key_copied",
    EnvironmentKeyRotated(EnvironmentKeyRotated) = "environment.key_rotated",

    EndpointCreated(EndpointCreated) = "endpoint.created",
    EndpointEdited(FieldChanges) = "endpoint.edited",
    EndpointRetired(NoDetails) = "endpoint.retired",

    ProfileCreated(ProfileVersion) = "profile.created",
    ProfileEdited(ProfileEdited) = "profile.edited",
    ProfileDeleted(ProfileVersion) = "profile.deleted",

    SetupLinkIssued(LinkIssued) = "setup.link_issued",
    UserCreated(RoleGiven) = "user.created",
    UserInvited(InvitationMade) = "user.invited",
    UserInvitationRevoked(RoleGiven) = "user.invitation_revoked",
    UserJoined(Joined) = "user.joined",
    UserRoleChanged(FieldChanges) = "user.role_changed",
    UserDisabled(SessionsEndedCount) = "user.disabled",
    UserEnabled(NoDetails) = "user.enabled",
    UserKeysGiven(KeysHandedOver) = "user.keys_given",

    ServiceAccountCreated(ServiceAccountCreated) = "service_account.created",
    ServiceAccountEdited(FieldChanges) = "service_account.edited",
    ServiceAccountDisabled(NoDetails) = "service_account.disabled",
    ServiceAccountEnabled(NoDetails) = "service_account.enabled",
    ServiceAccountDeleted(NoDetails) = "service_account.deleted",
    ServiceAccountTokenCreated(ServiceTokenCreated) = "service_account.token_created",
    ServiceAccountTokenEnded(ServiceTokenEnded) = "service_account.token_ended",

    CustomerCreated(CustomerCreated) = "customer.created",
    CustomerEdited(FieldChanges) = "customer.edited",
    CustomerSuspended(NoDetails) = "customer.suspended",
    CustomerResumed(NoDetails) = "customer.resumed",
    CustomerDeleted(CustomerDeleted) = "customer.deleted",

    UserLoggedIn(LoginDetails) = "user.logged_in",
    UserCodeAsked(CodeAsked) = "user.code_asked",
    UserLoginFailed(LoginFailed) = "user.login_failed",
    UserLoggedOut(NoDetails) = "user.logged_out",
    UserSessionEnded(SessionEnded) = "user.session_ended",
    UserSessionsEnded(SessionsEnded) = "user.sessions_ended",

    UserPasswordConfirmed(NoDetails) = "user.password_confirmed",
    UserPasswordChanged(SessionsEndedCount) = "user.password_changed",
    UserResetLinkIssued(LinkIssued) = "user.reset_link_issued",
    UserPasswordReset(NoDetails) = "user.password_reset",
    UserSecondFactorStarted(NoDetails) = "user.second_factor_started",
    UserSecondFactorEnabled(NoDetails) = "user.second_factor_enabled",
    UserSecondFactorRemoved(NoDetails) = "user.second_factor_removed",
    UserRecoveryCodesReplaced(NoDetails) = "user.recovery_codes_replaced",

    ConsoleRefused(ConsoleRefused) = "console.refused",
    AuditExported(AuditExported) = "audit.exported",
    AuditCutOff(CutOff) = "audit.cut_off",
    DatabaseRestored(NoDetails) = "database.restored",
    MasterKeyChanged(NoDetails) = "master_key.changed",
}

impl Action {
    /// Reads a stored name. `None` for a name that only a newer version knows.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// What the event is filed under in the filter of the audit log, and in addresses: `key`.
    pub fn group(self) -> &'static str {
        let name = self.name();
        name.split_once('.').map_or(name, |(group, _)| group)
    }
}

/// The name of an event, or of a group of events, as people read it: `Key: owner changed`. Also for names that only a
/// newer version knows.
pub fn title(name: &str) -> String {
    let (group, verb) = name.split_once('.').unwrap_or((name, ""));
    let mut title = capitalised(group);
    if !verb.is_empty() {
        title.push_str(": ");
        title.push_str(verb);
    }
    title.replace('_', " ")
}

/// The name of an event in the history of one key, where every event is about the key: `Owner changed`.
pub fn title_in_history(name: &str) -> String {
    match Action::parse(name) {
        Some(Action::KeyActivated) => "Active".to_owned(),
        Some(Action::KeyFailed) => "Failed to provision".to_owned(),
        _ => capitalised(name.split_once('.').map_or(name, |(_, verb)| verb)).replace('_', " "),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_a_title() {
        assert_eq!(title("key.owner_changed"), "Key: owner changed");
        assert_eq!(title("key"), "Key");
        assert_eq!(title_in_history("key.owner_changed"), "Owner changed");
        assert_eq!(title_in_history("key.failed"), "Failed to provision");
        assert_eq!(title_in_history("key.from_the_future"), "From the future");
    }

    #[test]
    fn every_name_is_told_from_the_others_and_found_again() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.name()), Some(*action));
            assert!(action.name().starts_with(&format!("{}.", action.group())), "{action:?}");
        }
        assert_eq!(Action::parse("key.from_the_future"), None);
    }
}
