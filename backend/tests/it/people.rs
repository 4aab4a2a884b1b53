//! People: roles, disabling, and their keys.

use crate::common::people::{browser, expect_session};
use crate::common::{PASSWORD, TestBackend, as_person, code, create, new_key};
use backend::audit::Actor;
use backend::error::{Error, Forbidden, RefusedLogin};
use model::endpoint::Grant;
use model::id::UserId;
use model::list::ListQuery;
use model::people::Person;
use model::role::Role;
use model::time::DAY;
use model::verify::Code;
use serde_json::json;

const ORIGIN: &str = "https://keys.example.com";
const ONLY_OWNER: &str = "is the only owner who can log in. Make somebody else an owner first.";

async fn person(test: &TestBackend, id: &UserId) -> Person {
    let people = test
        .services
        .accounts
        .list(&as_person(id, Role::Owner), &ListQuery::default())
        .await
        .unwrap()
        .people;
    people.into_iter().find(|person| person.id == *id).unwrap()
}

fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, Error>, sentence: &str) {
    match outcome {
        Err(error @ Error::Conflict(_)) => assert!(error.to_string().contains(sentence), "{error}"),
        other => panic!("{other:?}"),
    }
}

/// Creates a key that this person owns. Returns its ID.
async fn key_of(test: &TestBackend, name: &str) -> String {
    let person = test.log_in_with_password(name).await;
    let new_key = test
        .services
        .keys
        .create_many(&person.actor, &new_key("Shop", Grant::All), 1)
        .await
        .unwrap()
        .remove(0);
    new_key.id.to_string()
}

#[tokio::test]
async fn a_new_role_is_in_force_with_the_next_request() {
    let test = TestBackend::serving().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("grace", Role::Viewer).await;
    let (ada, grace) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("grace").await,
    );
    let change = *test.services.cluster.watch_changes().borrow();
    test.services
        .accounts
        .set_role(&ada.actor, &id, Role::Admin)
        .await
        .unwrap();
    let who = test
        .services
        .accounts
        .session(grace.session.token())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(who.me.role, Role::Admin);
    assert!(
        *test.services.cluster.watch_changes().borrow() > change,
        "open pages learn of it"
    );
    test.services
        .accounts
        .set_role(&ada.actor, &id, Role::Admin)
        .await
        .unwrap();
    assert_eq!(
        test.details_of("user.role_changed").await,
        [json!({ "changes": [{ "field": "Role", "from": "Viewer", "to": "Admin" }] })],
        "setting the present role adds no event"
    );
}

#[tokio::test]
async fn the_last_owner_cannot_be_demoted_or_disabled() {
    let test = TestBackend::new().await;
    let ada = test.add_named("ada", Role::Owner).await;
    test.add_named("grace", Role::Admin).await;
    assert!(person(&test, &ada).await.last_owner);
    let actor = test.log_in_with_password("ada").await.actor;
    assert_refused(
        test.services.accounts.set_role(&actor, &ada, Role::Admin).await,
        ONLY_OWNER,
    );
    assert_refused(test.services.accounts.disable(&actor, &ada).await, ONLY_OWNER);
    assert_eq!(person(&test, &ada).await.role, Role::Owner);

    let joan = test.add_named("joan", Role::Owner).await;
    assert!(!person(&test, &ada).await.last_owner);
    test.services.accounts.disable(&actor, &joan).await.unwrap();
    assert!(person(&test, &ada).await.last_owner, "a disabled Owner does not count");
    assert_refused(test.services.accounts.disable(&actor, &ada).await, ONLY_OWNER);
    // A disabled Owner is not the last Owner, so their role may change.
    test.services
        .accounts
        .set_role(&actor, &joan, Role::Viewer)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_owner_may_disable_themselves_while_there_is_another_owner() {
    let test = TestBackend::new().await;
    let ada = test.add_named("ada", Role::Owner).await;
    test.add_named("joan", Role::Owner).await;
    let actor = test.log_in_with_password("ada").await.actor;
    test.services.accounts.disable(&actor, &ada).await.unwrap();
    assert!(person(&test, &ada).await.disabled_at.is_some());
}

#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    let test = TestBackend::new().await;
    let (ada, joan) = (
        test.add_named("ada", Role::Owner).await,
        test.add_named("joan", Role::Owner).await,
    );
    // Both were owners when they sent their requests.
    let (by_ada, by_joan) = (
        test.log_in_with_password("ada").await.actor,
        test.log_in_with_password("joan").await.actor,
    );
    let outcomes = tokio::join!(
        test.services.accounts.set_role(&by_ada, &joan, Role::Viewer),
        test.services.accounts.disable(&by_joan, &ada)
    );
    assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
    let people = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .people;
    let owners = people
        .iter()
        .filter(|person| person.role == Role::Owner && person.disabled_at.is_none());
    assert_eq!(owners.count(), 1);
}

#[tokio::test]
async fn a_disabled_person_is_logged_out_at_once_and_can_be_enabled_again() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("grace", Role::Admin).await;
    let (ada, grace) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("grace").await,
    );
    let link = test
        .services
        .accounts
        .issue_reset_link(&ada.actor, &id, ORIGIN)
        .await
        .unwrap();
    test.services.accounts.disable(&ada.actor, &id).await.unwrap();
    assert!(!test.is_in(&grace.session).await);
    assert!(matches!(
        test.try_password("grace", PASSWORD).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCredentials))
    ));
    let secret = link.url.strip_prefix(&format!("{ORIGIN}/reset?link=")).unwrap();
    let reset = test
        .services
        .accounts
        .reset_password(secret, "another horse, same battery".into(), browser())
        .await;
    assert!(matches!(reset, Err(Error::Forbidden(Forbidden::SpentLink))));
    assert_refused(
        test.services.accounts.issue_reset_link(&ada.actor, &id, ORIGIN).await,
        "Enable them first.",
    );
    assert_eq!(test.details_of("user.disabled").await, [json!({ "sessionsEnded": 1 })]);

    test.services.accounts.enable(&ada.actor, &id).await.unwrap();
    assert!(!test.is_in(&grace.session).await, "an ended session stays ended");
    test.log_in_with_password("grace").await;
    // Enabling an enabled person changes nothing.
    test.services.accounts.enable(&ada.actor, &id).await.unwrap();
    assert_eq!(test.details_of("user.enabled").await, [json!({})]);
}

#[tokio::test]
async fn keys_of_a_disabled_person_work_and_can_be_given_to_another() {
    let test = TestBackend::serving().await;
    test.add_named("ada", Role::Owner).await;
    let (grace, joan) = (
        test.add_named("grace", Role::Developer).await,
        test.add_named("joan", Role::Developer).await,
    );
    let (first, second) = (key_of(&test, "grace").await, key_of(&test, "grace").await);
    let kept = test.active_key(&new_key("Kept", Grant::All)).await;
    let ada = test.log_in_with_password("ada").await;
    test.services.accounts.disable(&ada.actor, &grace).await.unwrap();
    assert_eq!(person(&test, &grace).await.keys, 2);
    assert_eq!(code(&test.services, &kept.token, "chat"), Code::Valid);

    let given = test
        .services
        .accounts
        .give_keys(&ada.actor, &grace, "JOAN@example.com")
        .await
        .unwrap();
    assert_eq!((given.keys, given.to.as_str()), (2, "joan"));
    assert_eq!(
        (person(&test, &grace).await.keys, person(&test, &joan).await.keys),
        (0, 2)
    );
    assert_eq!(
        test.details_of("user.keys_given").await,
        [json!({ "count": 2, "to": "joan@example.com" })]
    );
    let change = json!({ "changes": [{ "field": "Owner", "from": "grace", "to": "joan" }] });
    assert_eq!(test.details_of("key.owner_changed").await, [change.clone(), change]);
    let joan = test.log_in_with_password("joan").await;
    for id in [first, second] {
        let id = model::id::KeyId::from_stored(id);
        test.services.keys.delete(&joan.actor, &id).await.unwrap();
    }
    assert_eq!(
        test.services
            .accounts
            .give_keys(&ada.actor, &grace, ada.who.user_id.as_str())
            .await
            .unwrap()
            .keys,
        0
    );
    assert_eq!(
        test.details_of("user.keys_given").await.len(),
        1,
        "giving no keys adds no event"
    );
    test.events().await;
}

#[tokio::test]
async fn keys_can_be_given_only_to_people_who_may_have_keys() {
    let test = TestBackend::serving().await;
    let (ada, grace, viewer, gone) = (
        test.add_named("ada", Role::Owner).await,
        test.add_named("grace", Role::Developer).await,
        test.add_named("viewer", Role::Viewer).await,
        test.add_named("gone", Role::Admin).await,
    );
    key_of(&test, "grace").await;
    let actor = test.log_in_with_password("ada").await.actor;
    test.services.accounts.disable(&actor, &gone).await.unwrap();
    for (to, sentence) in [
        (&viewer, "“viewer” is a Viewer and cannot have keys."),
        (&gone, "“gone” is disabled."),
        (&grace, "“grace” has them already."),
    ] {
        assert_refused(
            test.services.accounts.give_keys(&actor, &grace, to.as_str()).await,
            sentence,
        );
    }
    test.add_named_twice("twin").await;
    for nobody in ["usr_0000000000", "", "nobody@example.com", "gra", "twin"] {
        let to_nobody = test.services.accounts.give_keys(&actor, &grace, nobody).await;
        assert!(matches!(to_nobody, Err(Error::NotFound(_))), "{nobody}: {to_nobody:?}");
    }
    let given = test.services.accounts.give_keys(&actor, &grace, " Ada ").await.unwrap();
    assert_eq!(given.to, "ada", "a name is enough if only one person has it");
    test.services
        .accounts
        .give_keys(&actor, &ada, grace.as_str())
        .await
        .unwrap();
    assert_eq!(person(&test, &grace).await.keys, 1);
    assert_eq!(person(&test, &ada).await.keys, 0);
}

#[tokio::test]
async fn people_are_listed_by_name_with_their_keys() {
    let test = TestBackend::serving().await;
    let zoe = test.add_named("zoe", Role::Owner).await;
    test.add_named("Bob", Role::Viewer).await;
    test.add_named("ada", Role::Developer).await;
    key_of(&test, "ada").await;
    create(&test.services, &new_key("Nobody's", Grant::All)).await;
    let people = test
        .services
        .accounts
        .list(&as_person(&zoe, Role::Owner), &ListQuery::default())
        .await
        .unwrap();
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
    assert_eq!(people.now, test.now());
}

#[tokio::test]
async fn a_reset_link_is_a_complete_url() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("grace", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let old = test
        .services
        .accounts
        .issue_reset_link(&ada.actor, &id, ORIGIN)
        .await
        .unwrap();
    let new = test
        .services
        .accounts
        .issue_reset_link(&ada.actor, &id, ORIGIN)
        .await
        .unwrap();
    assert_eq!(
        (new.email.as_str(), new.expires_at),
        ("grace@example.com", test.now().plus(DAY))
    );
    assert!(!format!("{new:?}").contains("link="), "debug output hides the link");
    let start = format!("{ORIGIN}/reset?link=");
    let try_it = async |url: &str| {
        let secret = url.strip_prefix(&start).unwrap();
        let new = "another horse, same battery";
        test.services
            .accounts
            .reset_password(secret, new.into(), browser())
            .await
    };
    assert!(matches!(
        try_it(&old.url).await,
        Err(Error::Forbidden(Forbidden::SpentLink))
    ));
    expect_session(try_it(&new.url).await.unwrap());
}
