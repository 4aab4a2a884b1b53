//! Invitations: the person, the role, and how often and how long the link works.

use crate::common::people::{browser, let_in};
use crate::common::{House, PASSWORD};
use backend::accounts::LinkError;
use backend::audit::Actor;
use backend::error::Error;
use model::account::Invited;
use model::form::FormErrors;
use model::list::ListQuery;
use model::people::{InviteForm, InviteOutcome};
use model::role::Role;
use model::time::DAY;
use sea_orm::ConnectionTrait;
use serde_json::json;

const ORIGIN: &str = "https://keys.example.com";

fn form(email: &str, role: &str) -> InviteForm {
    InviteForm {
        email: email.to_owned(),
        role: role.to_owned(),
    }
}

/// Invites a person, and returns the secret of the link.
async fn invite(house: &House, actor: &Actor, email: &str, role: &str) -> String {
    let outcome = house
        .services
        .accounts
        .invite(actor, form(email, role), ORIGIN)
        .await
        .unwrap();
    let InviteOutcome::Invited(link) = outcome else {
        panic!("{outcome:?}");
    };
    let start = format!("{ORIGIN}/invite?link=");
    link.url.strip_prefix(&start).unwrap().to_owned()
}

async fn errors(house: &House, actor: &Actor, email: &str, role: &str) -> FormErrors {
    let outcome = house
        .services
        .accounts
        .invite(actor, form(email, role), ORIGIN)
        .await
        .unwrap();
    match outcome {
        InviteOutcome::Invalid(_, errors) => errors,
        invited @ InviteOutcome::Invited(_) => panic!("{invited:?}"),
    }
}

async fn join(house: &House, secret: &str) -> Result<(), LinkError> {
    house
        .services
        .accounts
        .accept_invitation(secret, "Grace Hopper", PASSWORD.into(), browser())
        .await
        .map(|_| ())
}

#[tokio::test]
async fn an_invited_person_joins_with_the_role_and_is_logged_in() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, " Grace@Example.com ", "developer").await;
    let open = house
        .services
        .accounts
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .invitations;
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].email.as_str(), open[0].role, open[0].invited_by.as_str()),
        ("grace@example.com", Role::Developer, "ada")
    );
    assert_eq!(open[0].expires_at, house.now().plus(7 * DAY));
    assert_eq!(
        house.services.accounts.invitation(&secret).await.unwrap(),
        Invited {
            email: "grace@example.com".to_owned(),
            role: Role::Developer
        },
        "opening the link does not use it up"
    );
    let session = house
        .services
        .accounts
        .accept_invitation(&secret, " Grace   Hopper\n", PASSWORD.into(), browser())
        .await
        .unwrap();
    let grace = house.inside(session).await.who;
    assert_eq!(
        (grace.me.name.as_str(), grace.me.email.as_str(), grace.me.role),
        ("Grace Hopper", "grace@example.com", Role::Developer)
    );
    assert!(
        house
            .services
            .accounts
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
    assert_eq!(
        house.details_of("user.joined").await,
        [json!({ "role": "developer", "invitedBy": ada.who.user_id })]
    );
    let_in(house.try_password("grace", PASSWORD).await.unwrap());
}

#[tokio::test]
async fn a_person_without_a_name_is_named_after_the_email_address() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let session = house
        .services
        .accounts
        .accept_invitation(&secret, "  ", PASSWORD.into(), browser())
        .await
        .unwrap();
    assert_eq!(house.inside(session).await.who.me.name, "grace");
}

#[tokio::test]
async fn an_invitation_works_once() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let outcomes = tokio::join!(join(&house, &secret), join(&house, &secret));
    assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
    let look = house.services.accounts.invitation(&secret).await;
    assert!(matches!(look, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn an_invitation_is_valid_for_seven_days() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    house.clock.advance(7 * DAY - 1);
    house.services.accounts.invitation(&secret).await.unwrap();
    house.clock.advance(1);
    assert!(
        house
            .services
            .accounts
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
    assert!(house.services.accounts.invitation(&secret).await.is_err());
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
}

#[tokio::test]
async fn inviting_again_replaces_the_earlier_link() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let old = invite(&house, &ada.actor, "grace@example.com", "owner").await;
    let other = invite(&house, &ada.actor, "joan@example.com", "viewer").await;
    let new = invite(&house, &ada.actor, "GRACE@example.com", "viewer").await;
    assert_eq!(
        house
            .services
            .accounts
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .len(),
        2
    );
    assert!(matches!(join(&house, &old).await, Err(LinkError::Spent)));
    join(&house, &new).await.unwrap();
    join(&house, &other).await.unwrap();
}

#[tokio::test]
async fn an_invitation_can_be_revoked() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let id = house
        .services
        .accounts
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .invitations[0]
        .id
        .clone();
    assert!(!secret.contains(&id));
    house
        .services
        .accounts
        .revoke_invitation(&ada.actor, &id)
        .await
        .unwrap();
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
    let again = house.services.accounts.revoke_invitation(&ada.actor, &id).await;
    assert!(matches!(again, Err(Error::NotFound(_))));
    assert_eq!(
        house.details_of("user.invitation_revoked").await,
        [json!({ "role": "viewer" })]
    );
}

#[tokio::test]
async fn a_refused_invitation_says_why() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let gone = house.add_named("gone", Role::Viewer).await;
    let ada = house.enter("ada").await;
    house.services.accounts.disable(&ada.actor, &gone).await.unwrap();
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
        let errors = errors(&house, &ada.actor, email, role).await;
        assert_eq!(errors.of(field).as_deref(), Some(message), "{email} {role}");
    }
    assert!(
        house
            .services
            .accounts
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .invitations
            .is_empty()
    );
}

#[tokio::test]
async fn an_invitation_ends_when_the_person_joins_in_another_way() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "owner").await;
    house.add_named("grace", Role::Viewer).await;
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
}

#[tokio::test]
async fn an_invitation_ends_when_the_inviter_may_no_longer_invite() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    for take_away in [true, false] {
        let name = if take_away { "eve" } else { "mallory" };
        let id = house.add_named(name, Role::Owner).await;
        let person = house.enter(name).await;
        let invitation = invite(&house, &person.actor, "grace@example.com", "owner").await;
        let reset = house
            .services
            .accounts
            .issue_reset_link(&person.actor, &ada.who.user_id, "")
            .await
            .unwrap();
        if take_away {
            house
                .services
                .accounts
                .set_role(&ada.actor, &id, Role::Admin)
                .await
                .unwrap();
        } else {
            house.services.accounts.disable(&ada.actor, &id).await.unwrap();
        }
        assert!(matches!(join(&house, &invitation).await, Err(LinkError::Spent)));
        let secret = reset.url.strip_prefix("/reset?link=").unwrap();
        let reset = house
            .services
            .accounts
            .reset_password(secret, "another horse, same battery".into(), browser())
            .await;
        assert!(matches!(reset, Err(LinkError::Spent)));
    }
}

#[tokio::test]
async fn no_link_is_in_the_database_or_an_event() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let db = house.by_hand().await;
    db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    let bytes = std::fs::read(house.folder.path().join("latchkey.db")).unwrap();
    assert!(bytes.windows(17).any(|part| part == b"grace@example.com"));
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[tokio::test]
async fn a_name_has_a_maximum_length() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let long = house
        .services
        .accounts
        .accept_invitation(&secret, &"x".repeat(101), PASSWORD.into(), browser())
        .await;
    assert!(matches!(long, Err(LinkError::Name(_))));
    let short = house
        .services
        .accounts
        .accept_invitation(&secret, "Grace", "short".into(), browser())
        .await;
    assert!(matches!(short, Err(LinkError::Password(_))));
    join(&house, &secret).await.unwrap();
}
