use std::fmt::Write as _;

use model::address::AllowedAddresses;
use model::audit::AuditQuery;
use model::audit_event::{
    Action, AuditEvent, AuditExported, CodeAsked, ConsoleRefused, CustomerCreated, CustomerDeleted, CutOff,
    EndpointCreated, EnvironmentCreated, EnvironmentKey, EnvironmentKeyRotated, FieldChange, FieldChanges,
    InvitationMade, Joined, KeyActivated, KeyCreated, KeyDeleted, KeyFailed, KeyRotated, KeysHandedOver, LinkIssued,
    LoginDetails, LoginFailed, LoginFailure, NoDetails, OldTokenEnded, ProfileEdited, ProfileVersion, RoleGiven,
    SecondFactor, ServiceAccountCreated, ServiceTokenCreated, ServiceTokenEnded, SessionEnded, SessionsEnded,
    SessionsEndedCount, StoredTime, title,
};
use model::endpoint::{Grant, Pattern};
use model::environment::Kind;
use model::id::{KeyId, ProfileId, ServiceTokenId, UserId};
use model::limit::Limits;
use model::role::Role;
use model::status::{State, Status};
use model::time::Timestamp;

use super::*;
use crate::store::event::details;

const TIME: StoredTime = StoredTime(Timestamp(1_795_326_180_000)); // 2026-11-22T05:43:00Z

fn key_id() -> KeyId {
    KeyId::from_random("8fQ2nLw0Zz")
}

fn name_changed() -> FieldChanges {
    FieldChanges::one("Name", "Shop", "Store")
}

/// An event of each action, and of some actions one for each form of the details, in the order of the table. An action
/// without an example fails the test below.
#[expect(clippy::too_many_lines, reason = "one list, an event a line")]
fn examples() -> Vec<AuditEvent> {
    use AuditEvent as E;
    vec![
        E::KeyCreated(KeyCreated {
            environment: "default".to_owned(),
            endpoints: Grant::All,
            expires_at: None,
            bias_profile: None,
            state: State::Provisioning,
            rate_limit: None,
            allowed_addresses: None,
            customer: None,
            metadata: None,
            description: None,
            tags: None,
            location: None,
        }),
        E::KeyCreated(KeyCreated {
            environment: "default".to_owned(),
            endpoints: Grant::Only(vec!["chat".to_owned(), "images".to_owned()]),
            expires_at: Some(TIME),
            bias_profile: Some(ProfileId::from_random("0123456789")),
            state: State::Active,
            rate_limit: Some(
                Limits {
                    second: Some(10),
                    ..Limits::NONE
                }
                .in_words(),
            ),
            allowed_addresses: AllowedAddresses::from_stored("203.0.113.0/24").map(|addresses| addresses.in_words()),
            customer: Some("acme-7".to_owned()),
            metadata: Some("plan (14 bytes)".to_owned()),
            description: Some("Reads orders".to_owned()),
            tags: Some("billing, eu".to_owned()),
            location: Some("Vault, secret/shop".to_owned()),
        }),
        E::KeyImported(KeyCreated {
            environment: "default".to_owned(),
            endpoints: Grant::Only(vec!["chat".to_owned()]),
            expires_at: None,
            bias_profile: None,
            state: State::Inactive,
            rate_limit: None,
            allowed_addresses: None,
            customer: None,
            metadata: None,
            description: None,
            tags: None,
            location: None,
        }),
        E::KeyActivated(KeyActivated { nodes: 3 }),
        E::KeyFailed(KeyFailed {
            reason: "Your clock is 3 min ahead of the server's.".to_owned(),
        }),
        E::KeyEdited(FieldChanges {
            changes: [
                name_changed().changes,
                FieldChanges::one("Expires", "never", "20 Feb 2027").changes,
            ]
            .concat(),
        }),
        E::KeyDisabled(NoDetails {}),
        E::KeyEnabled(NoDetails {}),
        E::KeyRotated(KeyRotated {
            old_token_ends_at: TIME,
        }),
        E::KeyOldTokenEnded(OldTokenEnded {
            last_four: "aB3d".to_owned(),
        }),
        E::KeyOldTokenEnded(OldTokenEnded {
            last_four: String::new(),
        }),
        E::KeyOwnerChanged(FieldChanges::one("Owner", "ada", "mara.ott")),
        E::KeyDeleted(KeyDeleted {
            status: Status::Active,
            last_used_at: Some(TIME),
        }),
        E::KeyDeleted(KeyDeleted {
            status: Status::Failed,
            last_used_at: None,
        }),
        E::EnvironmentCreated(EnvironmentCreated { kind: Kind::Live }),
        E::EnvironmentRenamed(name_changed()),
        E::EnvironmentHidden(NoDetails {}),
        E::EnvironmentShown(NoDetails {}),
        E::EnvironmentKeyCreated(EnvironmentKey { key_id: key_id() }),
        E::EnvironmentKeyRevealed(EnvironmentKey { key_id: key_id() }),
        E::EnvironmentKeyCopied(EnvironmentKey { key_id: key_id() }),
        E::EnvironmentKeyRotated(EnvironmentKeyRotated {
            key_id: key_id(),
            old_token_ends_at: TIME,
        }),
        E::EndpointCreated(EndpointCreated {
            patterns: [("GET", "/a"), ("POST", "/a/{id}")]
                .map(|(method, path)| Pattern {
                    method: method.to_owned(),
                    path: path.to_owned(),
                })
                .to_vec(),
        }),
        E::EndpointEdited(FieldChanges::one("Title", "Chat", "Chats")),
        E::EndpointRetired(NoDetails {}),
        E::ProfileCreated(ProfileVersion { version: 1 }),
        E::ProfileEdited(ProfileEdited {
            version: 2,
            changes: vec![FieldChange {
                field: "Age".to_owned(),
                from: "Flag from 71".to_owned(),
                to: "Off".to_owned(),
            }],
        }),
        E::ProfileDeleted(ProfileVersion { version: 2 }),
        E::SetupLinkIssued(LinkIssued { expires_at: TIME }),
        E::UserCreated(RoleGiven {
            role: Some(Role::Owner),
        }),
        E::UserInvited(InvitationMade {
            role: Role::Viewer,
            expires_at: TIME,
        }),
        E::UserInvitationRevoked(RoleGiven {
            role: Some(Role::Viewer),
        }),
        E::UserInvitationRevoked(RoleGiven { role: None }),
        E::UserJoined(Joined {
            role: Role::Developer,
            invited_by: Some(UserId::from_random("0123456789")),
        }),
        E::UserJoined(Joined {
            role: Role::Developer,
            invited_by: None,
        }),
        E::UserRoleChanged(FieldChanges::one("Role", "Viewer", "Admin")),
        E::UserDisabled(SessionsEndedCount { sessions_ended: 2 }),
        E::UserEnabled(NoDetails {}),
        E::UserKeysGiven(KeysHandedOver {
            count: 3,
            to: "ada@example.com".to_owned(),
        }),
        E::ServiceAccountCreated(ServiceAccountCreated {
            role: Role::Developer,
            environments: Some(vec!["production".to_owned()]),
        }),
        E::ServiceAccountCreated(ServiceAccountCreated {
            role: Role::Viewer,
            environments: None,
        }),
        E::ServiceAccountEdited(FieldChanges::one("Environments", "all", "production")),
        E::ServiceAccountDisabled(NoDetails {}),
        E::ServiceAccountEnabled(NoDetails {}),
        E::ServiceAccountDeleted(NoDetails {}),
        E::ServiceAccountTokenCreated(ServiceTokenCreated {
            token_id: ServiceTokenId::from_random("0123456789"),
            expires_at: Some(StoredTime(Timestamp(1_800_000_000_000))),
            allowed_addresses: Some("203.0.113.0/24".to_owned()),
        }),
        E::ServiceAccountTokenCreated(ServiceTokenCreated {
            token_id: ServiceTokenId::from_random("0123456789"),
            expires_at: None,
            allowed_addresses: None,
        }),
        E::ServiceAccountTokenEnded(ServiceTokenEnded {
            token_id: ServiceTokenId::from_random("0123456789"),
        }),
        E::CustomerCreated(CustomerCreated {
            external_id: "acme-7".to_owned(),
            metadata: Some("plan (14 bytes)".to_owned()),
            shared_limits: Some("100 a day".to_owned()),
        }),
        E::CustomerCreated(CustomerCreated {
            external_id: "acme-7".to_owned(),
            metadata: None,
            shared_limits: None,
        }),
        E::CustomerEdited(FieldChanges::one("Shared limits", "none", "100 a day")),
        E::CustomerSuspended(NoDetails {}),
        E::CustomerResumed(NoDetails {}),
        E::CustomerDeleted(CustomerDeleted {
            external_id: "acme-7".to_owned(),
        }),
        E::UserLoggedIn(LoginDetails::default()),
        E::UserLoggedIn(LoginDetails {
            second_factor: Some(SecondFactor::Code),
            recovery_codes_left: None,
            suppressed: 0,
        }),
        E::UserLoggedIn(LoginDetails {
            second_factor: Some(SecondFactor::RecoveryCode),
            recovery_codes_left: Some(9),
            suppressed: 7,
        }),
        E::UserCodeAsked(CodeAsked { suppressed: 0 }),
        E::UserCodeAsked(CodeAsked { suppressed: 7 }),
        E::UserLoginFailed(LoginFailed {
            reason: LoginFailure::WrongPassword,
            suppressed: 0,
        }),
        E::UserLoginFailed(LoginFailed {
            reason: LoginFailure::UnknownAddress,
            suppressed: 7,
        }),
        E::UserLoggedOut(NoDetails {}),
        E::UserSessionEnded(SessionEnded {
            device: "Firefox on Linux".to_owned(),
            address: "203.0.113.7".to_owned(),
        }),
        E::UserSessionsEnded(SessionsEnded { count: 3 }),
        E::UserPasswordConfirmed(NoDetails {}),
        E::UserPasswordChanged(SessionsEndedCount { sessions_ended: 1 }),
        E::UserResetLinkIssued(LinkIssued { expires_at: TIME }),
        E::UserPasswordReset(NoDetails {}),
        E::UserSecondFactorStarted(NoDetails {}),
        E::UserSecondFactorEnabled(NoDetails {}),
        E::UserSecondFactorRemoved(NoDetails {}),
        E::UserRecoveryCodesReplaced(NoDetails {}),
        E::ConsoleRefused(ConsoleRefused {
            request: "POST /api/keys/create".to_owned(),
            role: Some(Role::Viewer),
            suppressed: 5,
        }),
        E::ConsoleRefused(ConsoleRefused {
            request: "delete key_8fQ2nLw0Zz among others".to_owned(),
            role: None,
            suppressed: 0,
        }),
        E::AuditExported(AuditExported {
            query: AuditQuery::default(),
        }),
        E::AuditExported(AuditExported {
            query: AuditQuery {
                action: "key".to_owned(),
                from: "2027-02-20".to_owned(),
                ..AuditQuery::default()
            },
        }),
        E::AuditCutOff(CutOff { after: 6 }),
        E::DatabaseRestored(NoDetails {}),
        E::MasterKeyChanged(NoDetails {}),
    ]
}

#[test]
fn every_event_has_a_name_details_and_a_sentence() {
    let mut told = String::new();
    for event in examples() {
        let name = event.action().name();
        let (details, title, sentence) = (details(&event), title(name), event.sentence());
        writeln!(told, "{name} {details}\n    {title} | {sentence}").unwrap();
    }
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("events", told);
    });
}

#[test]
fn every_action_has_an_example() {
    let mut told: Vec<Action> = examples().iter().map(AuditEvent::action).collect();
    told.dedup();
    assert_eq!(told, Action::ALL, "in the order of the table");
}

#[test]
fn what_is_stored_reads_as_the_event_that_it_was() {
    for event in examples() {
        let stored = details(&event);
        assert_eq!(read(event.action().name(), &stored), Some(event), "{stored}");
    }
}

#[test]
fn every_reason_of_a_failed_login_is_told_as_it_is_stored() {
    for reason in [
        LoginFailure::UnknownAddress,
        LoginFailure::Disabled,
        LoginFailure::WrongPassword,
        LoginFailure::WrongPasswordInSession,
        LoginFailure::ChangedMeanwhile,
        LoginFailure::TooManyAttempts,
        LoginFailure::WrongCode,
        LoginFailure::TooLateForCode,
    ] {
        let event = AuditEvent::UserLoginFailed(LoginFailed { reason, suppressed: 0 });
        let expected = format!(r#"{{"reason":"{}"}}"#, event.sentence());
        assert_eq!(details(&event), expected);
    }
}

#[test]
fn what_an_earlier_version_stored_reads_on() {
    for (action, stored, told) in [
        // Stored before there were bias profiles.
        (
            "key.created",
            r#"{"endpoints":{"Only":["chat"]},"environment":"default","expiresAt":null,"state":"provisioning"}"#,
            "default; chat",
        ),
        // The first version counted no sessions.
        ("user.logged_in", "{}", ""),
    ] {
        assert_eq!(sentence(action, stored), told, "{action} {stored}");
    }
}

#[test]
fn what_a_newer_version_stored_still_says_what_is_in_it() {
    for (action, stored, told) in [
        (
            "team.suspended",
            r#"{"reason":"unpaid","since":3}"#,
            "reason: unpaid; since: 3",
        ),
        ("team.labelled", r#"{"labels":["a","b"],"nothing":[]}"#, "labels: a, b"),
        (
            "team.edited",
            r#"{"changes":[{"field":"Name","from":"a","to":"b"}]}"#,
            "changes: field: Name; from: a; to: b",
        ),
        // A known action with a field that this version does not know.
        (
            "key.activated",
            r#"{"nodes":3,"zoneName":"eu"}"#,
            "nodes: 3; zone name: eu",
        ),
        ("user.login_failed", r#"{"reason":"no passkey"}"#, "reason: no passkey"),
        ("key.activated", r#"{"nodes":"three"}"#, "nodes: three"),
        ("key.activated", "no json", ""),
        ("", "{}", ""),
    ] {
        assert_eq!(sentence(action, stored), told, "{action} {stored}");
    }
}
