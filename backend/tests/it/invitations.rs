//! Invitations: the person, the role, and how often and how long the link works.

use crate::common::people::{browser, expect_session};
use crate::common::{PASSWORD, TestBackend, error_of, invalid};
use backend::audit::Actor;
use backend::error::{Error, Forbidden};
use model::account::Invited;
use model::form::FormErrors;
use model::list::ListQuery;
use model::people::InviteForm;
use model::role::Role;
use model::time::DAY;
use serde_json::json;

const ORIGIN: &str = "https://keys.example.com";

fn form(email: &str, role: &str) -> InviteForm {
    InviteForm {
        email: email.to_owned(),
        role: role.to_owned(),
    }
}

/// Invites a person, and returns the secret of the link.
async fn invite(test: &TestBackend, actor: &Actor, email: &str, role: &str) -> String {
    let form = form(email, role);
    let link = test.services.accounts.invite(actor, &form, ORIGIN).await.unwrap();
    let start = format!("{ORIGIN}/invite?link=");
    link.url.strip_prefix(&start).unwrap().to_owned()
}

async fn errors(test: &TestBackend, actor: &Actor, email: &str, role: &str) -> FormErrors {
    let form = form(email, role);
    invalid(test.services.accounts.invite(actor, &form, ORIGIN).await)
}

async fn join(test: &TestBackend, secret: &str) -> Result<(), Error> {
    test.services
        .accounts
        .accept_invitation(secret, "Grace Hopper", PASSWORD.into(), browser())
        .await
        .map(|_| ())
}

#[tokio::test]
async fn an_invited_person_joins_with_the_role_and_is_logged_in() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, " Grace@Example.com ", "developer").await;
    let open = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .invitations;
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].email.as_str(), open[0].role, open[0].invited_by.as_str()),
        ("grace@example.com", Role::Developer, "ada")
    );
    assert_eq!(open[0].expires_at, test.now().plus(7 * DAY));
    assert_eq!(
        test.services.accounts.invitation(&secret).await.unwrap(),
        Invited {
            email: "grace@example.com".to_owned(),
            role: Role::Developer
        },
        "opening the link does not use it up"
    );
    let session = test
        .services
        .accounts
        .accept_invitation(&secret, " Grace   Hopper\n", PASSWORD.into(), browser())
        .await
        .unwrap();
    let grace = test.login_of(session).await.who;
    assert_eq!(
        (grace.me.name.as_str(), grace.me.email.as_str(), grace.me.role),
        ("Grace Hopper", "grace@example.com", Role::Developer)
    );
    assert!(
        test.services
            .accounts
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
    assert_eq!(
        test.details_of("user.joined").await,
        [json!({ "role": "developer", "invitedBy": ada.who.user_id })]
    );
    expect_session(test.try_password("grace", PASSWORD).await.unwrap());
}

#[tokio::test]
async fn a_person_without_a_name_is_named_after_the_email_address() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    let session = test
        .services
        .accounts
        .accept_invitation(&secret, "  ", PASSWORD.into(), browser())
        .await
        .unwrap();
    assert_eq!(test.login_of(session).await.who.me.name, "grace");
}

#[tokio::test]
async fn an_invitation_works_once() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    let outcomes = tokio::join!(join(&test, &secret), join(&test, &secret));
    assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
    assert!(matches!(
        join(&test, &secret).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
    let look = test.services.accounts.invitation(&secret).await;
    assert!(matches!(look, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn an_invitation_is_valid_for_seven_days() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    test.clock.advance(7 * DAY - 1);
    test.services.accounts.invitation(&secret).await.unwrap();
    test.clock.advance(1);
    assert!(
        test.services
            .accounts
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
    assert!(test.services.accounts.invitation(&secret).await.is_err());
    assert!(matches!(
        join(&test, &secret).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
}

#[tokio::test]
async fn inviting_again_replaces_the_earlier_link() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let old = invite(&test, &ada.actor, "grace@example.com", "owner").await;
    let other = invite(&test, &ada.actor, "joan@example.com", "viewer").await;
    let new = invite(&test, &ada.actor, "GRACE@example.com", "viewer").await;
    assert_eq!(
        test.services
            .accounts
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .len(),
        2
    );
    assert!(matches!(
        join(&test, &old).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
    join(&test, &new).await.unwrap();
    join(&test, &other).await.unwrap();
}

#[tokio::test]
async fn an_invitation_can_be_revoked() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    let id = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .invitations[0]
        .id
        .clone();
    assert!(!secret.contains(&id));
    test.services.accounts.revoke_invitation(&ada.actor, &id).await.unwrap();
    assert!(matches!(
        join(&test, &secret).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
    let again = test.services.accounts.revoke_invitation(&ada.actor, &id).await;
    assert!(matches!(again, Err(Error::NotFound(_))));
    assert_eq!(
        test.details_of("user.invitation_revoked").await,
        [json!({ "role": "viewer" })]
    );
}

#[tokio::test]
async fn a_refused_invitation_says_why() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let gone = test.add_named("gone", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    test.services.accounts.disable(&ada.actor, &gone).await.unwrap();
    for (email, role, field, message) in [
        ("", "viewer", "email", "Enter an e-mail address."),
        (
            "ADA@example.com",
            "viewer",
            "email",
            "There is a user ada@example.com already.",
        ),
        (
            "gone@example.com",
            "viewer",
            "email",
            "There is a user gone@example.com already.",
        ),
        ("grace@example.com", "", "role", "Choose a role."),
        ("grace@example.com", "root", "role", "Choose a role."),
    ] {
        let errors = errors(&test, &ada.actor, email, role).await;
        assert_eq!(errors.of(field).as_deref(), Some(message), "{email} {role}");
    }
    assert!(
        test.services
            .accounts
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
}

#[tokio::test]
async fn an_invitation_ends_when_the_person_joins_in_another_way() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "owner").await;
    test.add_named("grace", Role::Viewer).await;
    assert!(matches!(
        join(&test, &secret).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
}

#[tokio::test]
async fn an_invitation_ends_when_the_inviter_may_no_longer_invite() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    for take_away in [true, false] {
        let name = if take_away { "eve" } else { "mallory" };
        let id = test.add_named(name, Role::Owner).await;
        let person = test.log_in_with_password(name).await;
        let invitation = invite(&test, &person.actor, "grace@example.com", "owner").await;
        let reset = test
            .services
            .accounts
            .issue_reset_link(&person.actor, &ada.who.user_id, "")
            .await
            .unwrap();
        if take_away {
            test.services
                .accounts
                .set_role(&ada.actor, &id, Role::Admin)
                .await
                .unwrap();
        } else {
            test.services.accounts.disable(&ada.actor, &id).await.unwrap();
        }
        assert!(matches!(
            join(&test, &invitation).await,
            Err(Error::Forbidden(Forbidden::SpentLink))
        ));
        let secret = reset.url.strip_prefix("/reset?link=").unwrap();
        let reset = test
            .services
            .accounts
            .reset_password(secret, "another horse, same battery".into(), browser())
            .await;
        assert!(matches!(reset, Err(Error::Forbidden(Forbidden::SpentLink))));
    }
}

#[tokio::test]
async fn no_link_is_in_the_database_or_an_event() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    assert!(test.stores("grace@example.com").await);
    assert!(!test.stores(&secret).await);
}

#[tokio::test]
async fn a_name_has_a_maximum_length() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let secret = invite(&test, &ada.actor, "grace@example.com", "viewer").await;
    let long = test
        .services
        .accounts
        .accept_invitation(&secret, &"x".repeat(101), PASSWORD.into(), browser())
        .await;
    assert!(!error_of(long, "name").is_empty());
    let short = test
        .services
        .accounts
        .accept_invitation(&secret, "Grace", "short".into(), browser())
        .await;
    assert!(!error_of(short, "password").is_empty());
    join(&test, &secret).await.unwrap();
}
