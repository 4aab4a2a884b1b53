//! What the audit log says of an event at once: `Mara disabled Shop`. The details stand beside it.

use super::{Action, title};
use crate::id::{CustomerId, KeyId, ProfileId};

/// The words between the actor and the subject of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Words {
    /// Before the subject: `disabled`.
    verb: &'static str,
    /// In place of verb and subject, where the subject is the actor or there is none: `logged in`.
    alone: Option<&'static str>,
}

const fn on(verb: &'static str) -> Words {
    Words { verb, alone: None }
}

const fn own(verb: &'static str, alone: &'static str) -> Words {
    Words {
        verb,
        alone: Some(alone),
    }
}

impl Action {
    const fn words(self) -> Words {
        match self {
            Self::KeyCreated => on("created"),
            Self::KeyImported => on("imported"),
            Self::KeyActivated => on("activated"),
            Self::KeyFailed => on("could not provision"),
            Self::KeyEdited => on("edited"),
            Self::KeyDisabled => on("disabled"),
            Self::KeyEnabled => on("enabled"),
            Self::KeyRotated => on("rotated"),
            Self::KeyOldTokenEnded => on("ended an old token of"),
            Self::KeyOwnerChanged => on("changed the owner of"),
            Self::KeyDeleted => on("deleted"),

            Self::EnvironmentCreated => on("created the environment"),
            Self::EnvironmentRenamed => on("renamed the environment"),
            Self::EnvironmentHidden => on("hid the environment"),
            Self::EnvironmentShown => on("showed again the environment"),
            Self::EnvironmentKeyCreated => on("created the key of the environment"),
            Self::EnvironmentKeyRevealed => on("revealed the key of the environment"),
            Self::EnvironmentKeyCopied => on("copied the key of the environment"),
            Self::EnvironmentKeyRotated => on("rotated the key of the environment"),

            Self::EndpointCreated => on("added the endpoint"),
            Self::EndpointEdited => on("edited the endpoint"),
            Self::EndpointRetired => on("retired the endpoint"),

            Self::ProfileCreated => on("created the bias profile"),
            Self::ProfileEdited => on("edited the bias profile"),
            Self::ProfileDeleted => on("deleted the bias profile"),

            Self::SetupLinkIssued => own("issued the setup link for", "issued the setup link"),
            Self::UserCreated => on("created the user"),
            Self::UserInvited => on("invited"),
            Self::UserInvitationRevoked => on("revoked the invitation of"),
            Self::UserJoined => own("joined as", "joined"),
            Self::UserRoleChanged => on("changed the role of"),
            Self::UserDisabled => on("disabled the user"),
            Self::UserEnabled => on("enabled the user"),
            Self::UserKeysGiven => on("gave to another person the keys of"),

            Self::ServiceAccountCreated => on("created the service account"),
            Self::ServiceAccountEdited => on("edited the service account"),
            Self::ServiceAccountDisabled => on("disabled the service account"),
            Self::ServiceAccountEnabled => on("enabled the service account"),
            Self::ServiceAccountDeleted => on("deleted the service account"),
            Self::ServiceAccountTokenCreated => on("created a token for the service account"),
            Self::ServiceAccountTokenEnded => on("ended a token of the service account"),

            Self::CustomerCreated => on("created the customer"),
            Self::CustomerEdited => on("edited the customer"),
            Self::CustomerSuspended => on("suspended the customer"),
            Self::CustomerResumed => on("resumed the customer"),
            Self::CustomerDeleted => on("deleted the customer"),

            Self::UserLoggedIn => own("logged in as", "logged in"),
            Self::UserCodeAsked => own("was asked for a code as", "was asked for a code"),
            Self::UserLoginFailed => own("failed to log in as", "failed to log in"),
            Self::UserLoggedOut => own("logged out", "logged out"),
            Self::UserSessionEnded => own("ended a session of", "ended one of their sessions"),
            Self::UserSessionsEnded => own("ended the sessions of", "ended all their other sessions"),

            Self::UserPasswordConfirmed => own("confirmed the password of", "confirmed their password"),
            Self::UserPasswordChanged => own("changed the password of", "changed their password"),
            Self::UserResetLinkIssued => own("issued a reset link for", "issued a reset link for themselves"),
            Self::UserPasswordReset => own("reset the password of", "reset their password"),
            Self::UserSecondFactorStarted => {
                own("began to set up a second factor for", "began to set up a second factor")
            }
            Self::UserSecondFactorEnabled => own("turned on the second factor of", "turned on their second factor"),
            Self::UserSecondFactorRemoved => own("turned off the second factor of", "turned off their second factor"),
            Self::UserRecoveryCodesReplaced => own("made new recovery codes for", "made new recovery codes"),

            Self::ConsoleRefused => own("was refused", "was refused"),
            Self::AuditExported => own("exported", "exported the audit log"),
            Self::AuditCutOff => own("found events cut off from", "found that the audit log was cut off"),
            Self::DatabaseRestored => own("restored", "restored the database"),
            Self::MasterKeyChanged => own("changed the master key of", "changed the master key"),
        }
    }
}

/// The words after the actor, and whether the subject follows them. `is_alone` says that the subject is the actor or that there is
/// none. A name that only a newer version knows is told as its title.
pub fn headline(name: &str, is_alone: bool) -> (String, bool) {
    let Some(Words { verb, alone }) = Action::parse(name).map(Action::words) else {
        return (format!("– {}", title(name)), true);
    };
    match alone.filter(|_| is_alone) {
        Some(alone) => (alone.to_owned(), false),
        None => (verb.to_owned(), true),
    }
}

/// The path of the screen that shows the subject of an event; `None` where there is none, as after its deletion.
pub fn subject_path(name: &str, id: &str) -> Option<String> {
    if name.ends_with(".deleted") {
        return None;
    }
    if KeyId::parse(id).is_some() {
        return Some(format!("/keys/{id}"));
    }
    if CustomerId::parse(id).is_some() {
        return Some(format!("/customers/{id}"));
    }
    if ProfileId::parse(id).is_some() {
        return Some(format!("/profiles/{id}"));
    }
    let tab = match Action::parse(name)?.group() {
        // Settings opens with them.
        "environment" => return Some("/settings".to_owned()),
        "endpoint" => "endpoints",
        "user" => "users",
        "service_account" => "service-accounts",
        _ => return None,
    };
    Some(format!("/settings/{tab}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_as_a_sentence() {
        let told = |name: &str, is_alone: bool| headline(name, is_alone);
        assert_eq!(told("key.disabled", false), ("disabled".to_owned(), true));
        assert_eq!(told("user.logged_in", true), ("logged in".to_owned(), false));
        assert_eq!(
            told("user.login_failed", false),
            ("failed to log in as".to_owned(), true)
        );
        assert_eq!(
            told("audit.exported", true),
            ("exported the audit log".to_owned(), false)
        );
        // A key has no other words where its subject is missing.
        assert_eq!(told("key.disabled", true), ("disabled".to_owned(), true));
        assert_eq!(told("team.suspended", false), ("– Team: suspended".to_owned(), true));
    }

    #[test]
    fn no_words_end_with_a_space_or_begin_with_a_capital() {
        for action in Action::ALL {
            let Words { verb, alone } = action.words();
            for words in [Some(verb), alone].into_iter().flatten() {
                assert_eq!(words, words.trim(), "{action:?}");
                assert!(words.starts_with(char::is_lowercase), "{action:?}");
            }
        }
    }

    #[test]
    fn a_subject_has_a_screen_until_it_is_deleted() {
        let path = |name: &str, id: &str| subject_path(name, id);
        assert_eq!(
            path("key.disabled", "key_8fQ2nLw0Zz").as_deref(),
            Some("/keys/key_8fQ2nLw0Zz")
        );
        assert_eq!(path("key.deleted", "key_8fQ2nLw0Zz"), None);
        assert_eq!(
            path("customer.edited", "cus_0123456789").as_deref(),
            Some("/customers/cus_0123456789")
        );
        assert_eq!(
            path("profile.created", "prof_0123456789").as_deref(),
            Some("/profiles/prof_0123456789")
        );
        assert_eq!(path("endpoint.retired", "chat").as_deref(), Some("/settings/endpoints"));
        assert_eq!(
            path("user.created", "usr_0123456789").as_deref(),
            Some("/settings/users")
        );
        assert_eq!(path("console.refused", "anything"), None);
        assert_eq!(path("team.suspended", "team_1"), None);
        assert_eq!(
            path("user.created", "javascript:alert(1)").as_deref(),
            Some("/settings/users")
        );
    }
}
