//! People: invited, given roles, disabled, and what becomes of their keys.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use backend::accounts::{LinkError, LoginError};
use backend::audit::{Actor, ChainState};
use backend::error::Error;
use common::people::{browser, let_in};
use common::{House, PASSWORD, code, create, new_key};
use model::account::Invited;
use model::endpoint::Grant;
use model::form::FormErrors;
use model::id::UserId;
use model::people::{InviteForm, InviteOutcome, Person};
use model::role::Role;
use model::time::DAY;
use model::verify::Code;
use sea_orm::ConnectionTrait;
use serde_json::json;

const ORIGIN: &str = "https://keys.example.com";
const ONLY_OWNER: &str = "is the only owner who can log in. Make somebody else an owner first.";

fn form(email: &str, role: &str) -> InviteForm {
    InviteForm {
        email: email.to_owned(),
        role: role.to_owned(),
    }
}

/// Invites somebody, and answers with the link's secret.
async fn invite(house: &House, actor: &Actor, email: &str, role: &str) -> String {
    let outcome = house.backend.invite(actor, form(email, role), ORIGIN).await.unwrap();
    let InviteOutcome::Invited(link) = outcome else {
        panic!("{outcome:?}");
    };
    let start = format!("{ORIGIN}/invite?link=");
    link.url.strip_prefix(&start).unwrap().to_owned()
}

async fn errors(house: &House, actor: &Actor, email: &str, role: &str) -> FormErrors {
    let outcome = house.backend.invite(actor, form(email, role), ORIGIN).await.unwrap();
    match outcome {
        InviteOutcome::Invalid(_, errors) => errors,
        invited @ InviteOutcome::Invited(_) => panic!("{invited:?}"),
    }
}

async fn join(house: &House, secret: &str) -> Result<(), LinkError> {
    house
        .backend
        .accept_invitation(secret, "Grace Hopper", PASSWORD.into(), browser())
        .await
        .map(|_| ())
}

async fn person(house: &House, id: &UserId) -> Person {
    let people = house.backend.people(Some(id)).await.unwrap().people;
    people.into_iter().find(|person| person.id == *id).unwrap()
}

fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, Error>, sentence: &str) {
    match outcome {
        Err(Error::Refused(text)) => assert!(text.contains(sentence), "{text}"),
        other => panic!("{other:?}"),
    }
}

/// A key of this person's.
async fn key_of(house: &House, name: &str) -> String {
    let person = house.enter(name).await;
    let minted = house
        .backend
        .create_keys(&person.actor, &new_key("Shop", Grant::All), 1)
        .await
        .unwrap()
        .remove(0);
    minted.id.to_string()
}

#[tokio::test]
async fn who_is_invited_joins_with_the_role_and_is_logged_in() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, " Grace@Example.com ", "developer").await;
    let open = house.backend.people(None).await.unwrap().invitations;
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].email.as_str(), open[0].role, open[0].invited_by.as_str()),
        ("grace@example.com", Role::Developer, "ada")
    );
    assert_eq!(open[0].expires_at, house.now().plus(7 * DAY));
    assert_eq!(
        house.backend.invitation(&secret).await.unwrap(),
        Invited {
            email: "grace@example.com".to_owned(),
            role: Role::Developer
        },
        "a look does not use it up"
    );
    let session = house
        .backend
        .accept_invitation(&secret, " Grace \t Hopper\n", PASSWORD.into(), browser())
        .await
        .unwrap();
    let grace = house.inside(session).await.who;
    assert_eq!(
        (grace.me.name.as_str(), grace.me.email.as_str(), grace.me.role),
        ("Grace Hopper", "grace@example.com", Role::Developer)
    );
    assert!(house.backend.people(None).await.unwrap().invitations.is_empty());
    assert_eq!(
        house.events("user.joined").await,
        [json!({ "role": "developer", "invitedBy": ada.who.user_id })]
    );
    let_in(house.try_password("grace", PASSWORD).await.unwrap());
}

#[tokio::test]
async fn without_a_name_one_is_called_by_the_address() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let session = house
        .backend
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
    let look = house.backend.invitation(&secret).await;
    assert!(matches!(look, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    house.clock.advance(7 * DAY - 1);
    house.backend.invitation(&secret).await.unwrap();
    house.clock.advance(1);
    assert!(house.backend.people(None).await.unwrap().invitations.is_empty());
    assert!(house.backend.invitation(&secret).await.is_err());
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
}

#[tokio::test]
async fn inviting_again_replaces_the_former_link() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let old = invite(&house, &ada.actor, "grace@example.com", "owner").await;
    let other = invite(&house, &ada.actor, "joan@example.com", "viewer").await;
    let new = invite(&house, &ada.actor, "GRACE@example.com", "viewer").await;
    assert_eq!(house.backend.people(None).await.unwrap().invitations.len(), 2);
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
    let id = house.backend.people(None).await.unwrap().invitations[0].id.clone();
    assert!(!secret.contains(&id));
    house.backend.revoke_invitation(&ada.actor, &id).await.unwrap();
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
    let again = house.backend.revoke_invitation(&ada.actor, &id).await;
    assert!(matches!(again, Err(Error::NotFound(_))));
    assert_eq!(
        house.events("user.invitation_revoked").await,
        [json!({ "role": "viewer" })]
    );
}

#[tokio::test]
async fn a_form_that_invites_nobody_says_why() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let gone = house.add_named("gone", Role::Viewer).await;
    let ada = house.enter("ada").await;
    house.backend.disable_user(&ada.actor, &gone).await.unwrap();
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
    assert!(house.backend.people(None).await.unwrap().invitations.is_empty());
}

#[tokio::test]
async fn who_joined_otherwise_needs_no_invitation() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "owner").await;
    house.add_named("grace", Role::Viewer).await;
    assert!(matches!(join(&house, &secret).await, Err(LinkError::Spent)));
}

#[tokio::test]
async fn an_invitation_ends_with_the_right_to_invite() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    for take_away in [true, false] {
        let name = if take_away { "eve" } else { "mallory" };
        let id = house.add_named(name, Role::Owner).await;
        let person = house.enter(name).await;
        let invitation = invite(&house, &person.actor, "grace@example.com", "owner").await;
        let reset = house
            .backend
            .issue_reset_link(&person.actor, &ada.who.user_id, "")
            .await
            .unwrap();
        if take_away {
            house.backend.set_role(&ada.actor, &id, Role::Admin).await.unwrap();
        } else {
            house.backend.disable_user(&ada.actor, &id).await.unwrap();
        }
        assert!(matches!(join(&house, &invitation).await, Err(LinkError::Spent)));
        let secret = reset.url.strip_prefix("/reset?link=").unwrap();
        let reset = house
            .backend
            .reset_password(secret, "another horse, same battery".into(), browser())
            .await;
        assert!(matches!(reset, Err(LinkError::Spent)));
    }
}

#[tokio::test]
async fn another_role_is_in_force_with_the_next_request() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let id = house.add_named("grace", Role::Viewer).await;
    let (ada, grace) = (house.enter("ada").await, house.enter("grace").await);
    let change = *house.backend.watch_changes().borrow();
    house.backend.set_role(&ada.actor, &id, Role::Admin).await.unwrap();
    let who = house.backend.session(grace.session.token()).await.unwrap().unwrap();
    assert_eq!(who.me.role, Role::Admin);
    assert!(*house.backend.watch_changes().borrow() > change, "open pages are told");
    house.backend.set_role(&ada.actor, &id, Role::Admin).await.unwrap();
    assert_eq!(
        house.events("user.role_changed").await,
        [json!({ "changes": [{ "field": "Role", "from": "Viewer", "to": "Admin" }] })],
        "the same role again is no change"
    );
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let house = House::new().await;
    let ada = house.add_named("ada", Role::Owner).await;
    house.add_named("grace", Role::Admin).await;
    assert!(person(&house, &ada).await.last_owner);
    let actor = house.enter("ada").await.actor;
    assert_refused(house.backend.set_role(&actor, &ada, Role::Admin).await, ONLY_OWNER);
    assert_refused(house.backend.disable_user(&actor, &ada).await, ONLY_OWNER);
    assert_eq!(person(&house, &ada).await.role, Role::Owner);

    let joan = house.add_named("joan", Role::Owner).await;
    assert!(!person(&house, &ada).await.last_owner);
    house.backend.disable_user(&actor, &joan).await.unwrap();
    assert!(
        person(&house, &ada).await.last_owner,
        "an owner who cannot log in does not count"
    );
    assert_refused(house.backend.disable_user(&actor, &ada).await, ONLY_OWNER);
    // Who cannot log in is not the last, whatever the role.
    house.backend.set_role(&actor, &joan, Role::Viewer).await.unwrap();
}

#[tokio::test]
async fn one_may_step_down_while_another_owner_is_there() {
    let house = House::new().await;
    let ada = house.add_named("ada", Role::Owner).await;
    house.add_named("joan", Role::Owner).await;
    let actor = house.enter("ada").await.actor;
    house.backend.disable_user(&actor, &ada).await.unwrap();
    assert!(person(&house, &ada).await.disabled_at.is_some());
}

#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    let house = House::new().await;
    let (ada, joan) = (
        house.add_named("ada", Role::Owner).await,
        house.add_named("joan", Role::Owner).await,
    );
    // Both were owners when they asked.
    let (by_ada, by_joan) = (house.enter("ada").await.actor, house.enter("joan").await.actor);
    let outcomes = tokio::join!(
        house.backend.set_role(&by_ada, &joan, Role::Viewer),
        house.backend.disable_user(&by_joan, &ada)
    );
    assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
    let people = house.backend.people(None).await.unwrap().people;
    let owners = people
        .iter()
        .filter(|person| person.role == Role::Owner && person.disabled_at.is_none());
    assert_eq!(owners.count(), 1);
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_can_come_back() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let id = house.add_named("grace", Role::Admin).await;
    let (ada, grace) = (house.enter("ada").await, house.enter("grace").await);
    let link = house.backend.issue_reset_link(&ada.actor, &id, ORIGIN).await.unwrap();
    house.backend.disable_user(&ada.actor, &id).await.unwrap();
    assert!(!house.is_in(&grace.session).await);
    assert!(matches!(
        house.try_password("grace", PASSWORD).await,
        Err(LoginError::Wrong)
    ));
    let secret = link.url.strip_prefix(&format!("{ORIGIN}/reset?link=")).unwrap();
    let reset = house
        .backend
        .reset_password(secret, "another horse, same battery".into(), browser())
        .await;
    assert!(matches!(reset, Err(LinkError::Spent)));
    assert_refused(
        house.backend.issue_reset_link(&ada.actor, &id, ORIGIN).await,
        "Enable them first.",
    );
    assert_eq!(house.events("user.disabled").await, [json!({ "sessionsEnded": 1 })]);

    house.backend.enable_user(&ada.actor, &id).await.unwrap();
    assert!(!house.is_in(&grace.session).await, "an ended session stays ended");
    house.enter("grace").await;
    // Each once: the second time changes nothing.
    house.backend.enable_user(&ada.actor, &id).await.unwrap();
    assert_eq!(house.events("user.enabled").await, [json!({})]);
}

#[tokio::test]
async fn keys_of_who_left_stay_and_are_given_to_another() {
    let house = House::serving().await;
    house.add_named("ada", Role::Owner).await;
    let (grace, joan) = (
        house.add_named("grace", Role::Developer).await,
        house.add_named("joan", Role::Developer).await,
    );
    let (first, second) = (key_of(&house, "grace").await, key_of(&house, "grace").await);
    let kept = house.active_key(&new_key("Kept", Grant::All)).await;
    let ada = house.enter("ada").await;
    house.backend.disable_user(&ada.actor, &grace).await.unwrap();
    assert_eq!(person(&house, &grace).await.keys, 2);
    assert_eq!(code(&house.backend, &kept.token, "chat"), Code::Valid);

    assert_eq!(house.backend.give_keys(&ada.actor, &grace, &joan).await.unwrap(), 2);
    assert_eq!(
        (person(&house, &grace).await.keys, person(&house, &joan).await.keys),
        (0, 2)
    );
    assert_eq!(
        house.events("user.keys_given").await,
        [json!({ "count": 2, "to": "joan@example.com" })]
    );
    let change = json!({ "changes": [{ "field": "Owner", "from": "grace", "to": "joan" }] });
    assert_eq!(house.events("key.owner_changed").await, [change.clone(), change]);
    let joan = house.enter("joan").await;
    for id in [first, second] {
        let id = model::id::KeyId::from_stored(id);
        house
            .backend
            .delete_key(&joan.actor, joan.who.me.role, &id)
            .await
            .unwrap();
    }
    assert_eq!(
        house
            .backend
            .give_keys(&ada.actor, &grace, &ada.who.user_id)
            .await
            .unwrap(),
        0
    );
    assert_eq!(house.events("user.keys_given").await.len(), 1, "there were none left");
    let chain = house.backend.verify_audit_chain().await.unwrap();
    assert!(matches!(chain, ChainState::Intact { .. }));
}

#[tokio::test]
async fn keys_go_to_who_can_have_them() {
    let house = House::serving().await;
    let (ada, grace, viewer, gone) = (
        house.add_named("ada", Role::Owner).await,
        house.add_named("grace", Role::Developer).await,
        house.add_named("viewer", Role::Viewer).await,
        house.add_named("gone", Role::Admin).await,
    );
    key_of(&house, "grace").await;
    let actor = house.enter("ada").await.actor;
    house.backend.disable_user(&actor, &gone).await.unwrap();
    for (to, sentence) in [
        (&viewer, "“viewer” is a Viewer and cannot have keys."),
        (&gone, "“gone” is disabled."),
        (&grace, "“grace” has them already."),
    ] {
        assert_refused(house.backend.give_keys(&actor, &grace, to).await, sentence);
    }
    let nobody = UserId::from_random("0000000000");
    let to_nobody = house.backend.give_keys(&actor, &grace, &nobody).await;
    assert!(matches!(to_nobody, Err(Error::NotFound(_))));
    assert_eq!(person(&house, &grace).await.keys, 1);
    assert_eq!(person(&house, &ada).await.keys, 0);
}

#[tokio::test]
async fn people_are_listed_by_name_with_their_keys() {
    let house = House::serving().await;
    let zoe = house.add_named("zoe", Role::Owner).await;
    house.add_named("Bob", Role::Viewer).await;
    house.add_named("ada", Role::Developer).await;
    key_of(&house, "ada").await;
    create(&house.backend, &new_key("Nobody's", Grant::All)).await;
    let people = house.backend.people(Some(&zoe)).await.unwrap();
    let seen: Vec<_> = people
        .people
        .iter()
        .map(|person| (person.name.as_str(), person.keys, person.me, person.last_owner))
        .collect();
    assert_eq!(
        seen,
        [
            ("ada", 1, false, false),
            ("bob", 0, false, false),
            ("zoe", 0, true, true),
        ]
    );
    assert_eq!(people.now, house.now());
}

#[tokio::test]
async fn a_reset_link_is_a_whole_address() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let id = house.add_named("grace", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let old = house.backend.issue_reset_link(&ada.actor, &id, ORIGIN).await.unwrap();
    let new = house.backend.issue_reset_link(&ada.actor, &id, ORIGIN).await.unwrap();
    assert_eq!(
        (new.email.as_str(), new.expires_at),
        ("grace@example.com", house.now().plus(DAY))
    );
    assert!(!format!("{new:?}").contains("link="), "it is not printed");
    let start = format!("{ORIGIN}/reset?link=");
    let try_it = async |url: &str| {
        let secret = url.strip_prefix(&start).unwrap();
        let new = "another horse, same battery";
        house.backend.reset_password(secret, new.into(), browser()).await
    };
    assert!(matches!(try_it(&old.url).await, Err(LinkError::Spent)));
    let_in(try_it(&new.url).await.unwrap());
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
async fn a_name_has_an_end() {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let secret = invite(&house, &ada.actor, "grace@example.com", "viewer").await;
    let long = house
        .backend
        .accept_invitation(&secret, &"x".repeat(101), PASSWORD.into(), browser())
        .await;
    assert!(matches!(long, Err(LinkError::Name(_))));
    let short = house
        .backend
        .accept_invitation(&secret, "Grace", "short".into(), browser())
        .await;
    assert!(matches!(short, Err(LinkError::Password(_))));
    join(&house, &secret).await.unwrap();
}
