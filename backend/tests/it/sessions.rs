//! A person's own account: sessions and password.

use crate::common::people::ADDRESS;
use crate::common::{PASSWORD, TestBackend, error_of, invalid};
use backend::accounts::Browser;
use backend::audit::Actor;
use backend::error::Error;
use model::list::ListQuery;
use model::role::Role;
use model::security::{PasswordForm, SessionView};
use model::time::{DAY, HOUR, MINUTE, SECOND};
use sea_orm::ConnectionTrait;
use serde_json::json;

const NEW: &str = "another horse, same battery";

fn curl() -> Browser {
    Browser {
        address: "2001:db8::1".to_owned(),
        user_agent: "curl/8.5.0".to_owned(),
    }
}

fn passwords(current: &str, password: &str) -> PasswordForm {
    PasswordForm {
        current: current.to_owned(),
        password: password.to_owned(),
    }
}

#[tokio::test]
async fn a_person_sees_only_their_own_sessions() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Developer).await;
    test.add_named("eve", Role::Owner).await;
    test.log_in_with_password("eve").await;
    let here = test.log_in_with_password("ada").await;
    let began = test.now();
    test.clock.advance(MINUTE);
    test.log_in_from("ada", curl()).await;
    let page = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.email, "ada@example.com");
    assert_eq!((page.second_factor, page.recovery_codes), (None, 0));
    let [first, second] = &page.sessions[..] else {
        panic!("{page:?}")
    };
    assert_eq!(
        (first.device.as_str(), first.address.as_str(), first.current),
        ("Firefox on Linux", ADDRESS, true)
    );
    assert_eq!((first.created_at, first.last_seen_at), (began, began));
    assert_eq!(
        (second.device.as_str(), second.address.as_str(), second.current),
        ("curl", "2001:db8::1", false)
    );
    assert_eq!(first.id.len(), 16);
    let hash = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(hash.sessions[0].id, first.id, "the ID of a session does not change");
    assert!(!here.session.token().contains(&first.id));
}

#[tokio::test]
async fn a_long_user_agent_is_shortened() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let talkative = Browser {
        user_agent: format!("{}curl/8", "ä".repeat(300)),
        ..curl()
    };
    let here = test.log_in_from("ada", talkative).await;
    let page = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.sessions[0].device, "Unknown browser");
}

#[tokio::test]
async fn the_last_login_is_stored() {
    let test = TestBackend::new().await;
    let ada = test.add_named("ada", Role::Viewer).await;
    let last_login = || async {
        let people = test
            .services
            .accounts
            .list(&Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .people;
        people
            .into_iter()
            .find(|person| person.id == ada)
            .unwrap()
            .last_login_at
    };
    assert_eq!(last_login().await, None);
    test.log_in_with_password("ada").await;
    assert_eq!(last_login().await, Some(test.now()));
}

#[tokio::test]
async fn ended_sessions_are_not_listed() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    test.log_in_with_password("ada").await;
    test.clock.advance(12 * HOUR - SECOND);
    let here = test.log_in_with_password("ada").await;
    assert_eq!(
        test.services
            .accounts
            .security(&here.who.actor(None), &here.who, &ListQuery::default())
            .await
            .unwrap()
            .sessions
            .len(),
        2
    );
    test.clock.advance(SECOND);
    let page = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.sessions.len(), 1);
    let ended = test
        .services
        .accounts
        .end_other_sessions(&here.who, &here.actor)
        .await
        .unwrap();
    assert_eq!(ended, 0, "the expired session is not counted");
    assert!(test.details_of("user.sessions_ended").await.is_empty());
}

#[tokio::test]
async fn one_session_is_ended_and_the_others_stay() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let (here, there, third) = (
        test.log_in_with_password("ada").await,
        test.log_in_from("ada", curl()).await,
        test.log_in_with_password("ada").await,
    );
    let sessions = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap()
        .sessions;
    let id = &sessions.iter().find(|session| session.device == "curl").unwrap().id;
    test.services
        .accounts
        .end_session(&here.who, &here.actor, id)
        .await
        .unwrap();
    assert!(!test.is_in(&there.session).await);
    assert!(test.is_in(&here.session).await && test.is_in(&third.session).await);
    assert_eq!(
        test.details_of("user.session_ended").await,
        [json!({ "device": "curl", "address": "2001:db8::1" })]
    );
    let again = test.services.accounts.end_session(&here.who, &here.actor, id).await;
    assert!(matches!(again, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn ending_the_session_that_asks_logs_out() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    let id = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap()
        .sessions[0]
        .id
        .clone();
    test.services
        .accounts
        .end_session(&here.who, &here.actor, &id)
        .await
        .unwrap();
    assert!(!test.is_in(&here.session).await);
}

#[tokio::test]
async fn a_person_cannot_end_the_session_of_another() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    test.add_named("eve", Role::Owner).await;
    let (ada, eve) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("eve").await,
    );
    let id = test
        .services
        .accounts
        .security(&ada.who.actor(None), &ada.who, &ListQuery::default())
        .await
        .unwrap()
        .sessions[0]
        .id
        .clone();
    for id in [id.as_str(), "", "0"] {
        let refused = test.services.accounts.end_session(&eve.who, &eve.actor, id).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{id}");
    }
    test.services
        .accounts
        .end_other_sessions(&eve.who, &eve.actor)
        .await
        .unwrap();
    assert!(test.is_in(&ada.session).await);
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    for _ in 0..3 {
        test.log_in_from("ada", curl()).await;
    }
    assert_eq!(
        test.services
            .accounts
            .end_other_sessions(&here.who, &here.actor)
            .await
            .unwrap(),
        3
    );
    let sessions = test
        .services
        .accounts
        .security(&here.who.actor(None), &here.who, &ListQuery::default())
        .await
        .unwrap()
        .sessions;
    assert!(matches!(&sessions[..], [SessionView { current: true, .. }]));
    assert_eq!(test.details_of("user.sessions_ended").await, [json!({ "count": 3 })]);
    test.events().await;
}

#[tokio::test]
async fn a_typed_password_counts_for_a_quarter_of_an_hour() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    // Ending a session needs the password. No session has this name.
    let proved = || async {
        let ended = test.services.accounts.end_session(&here.who, &here.actor, "none").await;
        match ended.unwrap_err() {
            Error::PasswordNeeded => false,
            Error::NotFound(_) => true,
            other => panic!("{other:?}"),
        }
    };
    assert!(proved().await, "logging in counts");
    test.clock.advance(15 * MINUTE - 1);
    assert!(proved().await);
    test.clock.advance(1);
    assert!(!proved().await);
    let elsewhere = test.log_in_with_password("ada").await;
    assert!(!proved().await, "a password counts for its session only");
    let wrong = test
        .services
        .accounts
        .confirm_password(&here.who, &here.actor, "wrong".into())
        .await;
    assert_eq!(error_of(wrong, "password"), "That is not your password.");
    assert!(!proved().await);
    test.services
        .accounts
        .confirm_password(&here.who, &here.actor, PASSWORD.into())
        .await
        .unwrap();
    assert!(proved().await);
    assert_eq!(test.details_of("user.password_confirmed").await, [json!({})]);
    // A session that has ended proves nothing.
    test.services
        .accounts
        .log_out(elsewhere.session.token(), None)
        .await
        .unwrap();
    let gone = test
        .services
        .accounts
        .confirm_password(&elsewhere.who, &elsewhere.actor, PASSWORD.into())
        .await;
    assert!(matches!(gone, Err(Error::SignedOut)));
}

#[tokio::test]
async fn guessing_from_within_a_session_is_slowed_down() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    let try_it = async |password: &str| {
        test.services
            .accounts
            .confirm_password(&here.who, &here.actor, password.into())
            .await
    };
    for _ in 0..5 {
        assert_eq!(
            error_of(try_it("wrong").await, "password"),
            "That is not your password."
        );
    }
    assert_eq!(
        error_of(try_it(PASSWORD).await, "password"),
        "Too many attempts. Try again in 1 s."
    );
    let change = test
        .services
        .accounts
        .change_password(&here.who, &here.actor, passwords(PASSWORD, NEW))
        .await;
    assert_eq!(error_of(change, "current"), "Too many attempts. Try again in 1 s.");
    test.clock.advance(SECOND);
    try_it(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_at_login_do_not_slow_down_a_logged_in_person() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    for _ in 0..10 {
        test.try_password("ada", "wrong").await.unwrap_err();
    }
    test.services
        .accounts
        .confirm_password(&here.who, &here.actor, PASSWORD.into())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_the_reset_links() {
    let test = TestBackend::new().await;
    let id = test.add_named("ada", Role::Viewer).await;
    let (here, there) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("ada").await,
    );
    let link = test
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await
        .unwrap();
    test.services
        .accounts
        .change_password(&here.who, &here.actor, passwords(PASSWORD, NEW))
        .await
        .unwrap();
    assert!(test.is_in(&here.session).await);
    assert!(!test.is_in(&there.session).await);
    test.try_password("ada", PASSWORD).await.unwrap_err();
    test.try_password("ada", NEW).await.unwrap();
    let secret = link.url.strip_prefix("/reset?link=").unwrap();
    let reset = test
        .services
        .accounts
        .reset_password(secret, "yet another horse".into(), crate::common::people::browser())
        .await;
    assert!(reset.is_err(), "the earlier link is invalid");
    assert_eq!(
        test.details_of("user.password_changed").await,
        [json!({ "sessionsEnded": 1 })]
    );
}

#[tokio::test]
async fn a_new_password_must_follow_the_rules() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    test.clock.advance(DAY / 4);
    for (current, password, field, message) in [
        ("wrong", NEW, "current", "That is not your password."),
        ("", NEW, "current", "That is not your password."),
        (
            PASSWORD,
            PASSWORD,
            "password",
            "That is the password you have. Choose another.",
        ),
        (
            PASSWORD,
            "eleven char",
            "password",
            "A password has 12 characters or more; 1 is missing.",
        ),
        (
            PASSWORD,
            "123456789012",
            "password",
            "That is one of the first things that anybody would try. Choose something less common.",
        ),
    ] {
        let outcome = test
            .services
            .accounts
            .change_password(&here.who, &here.actor, passwords(current, password))
            .await;
        assert_eq!(error_of(outcome, field), message);
    }
    test.try_password("ada", PASSWORD).await.unwrap();
    assert!(test.details_of("user.password_changed").await.is_empty());
}

/// With a wrong current password, a person learns nothing about the new password, and the server does no work for it.
#[tokio::test]
async fn a_new_password_is_checked_only_if_the_current_one_is_right() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let outcome = test
        .services
        .accounts
        .change_password(&ada.who, &ada.actor, passwords("wrong", "123456789012"))
        .await;
    let errors = invalid(outcome);
    assert_eq!(errors.of("current").unwrap(), "That is not your password.");
    assert_eq!(errors.of("password"), None);
}

#[tokio::test]
async fn many_sessions_are_read_a_page_at_a_time() {
    let test = TestBackend::new().await;
    let id = test.add_named("ada", Role::Owner).await;
    let here = test.log_in_with_password("ada").await;
    let now = test.now().0;
    let rows: Vec<String> = (0..120)
        .map(|number| {
            let agent = if number == 7 { "curl/8.5.0" } else { "-" };
            format!("(x'{number:064x}', '{id}', {now}, {now}, {now}, '{agent}', '192.0.2.{number}')")
        })
        .collect();
    let columns = "token_hash, user_id, created_at, last_seen_at, password_at, user_agent, address";
    let insert = format!("INSERT INTO sessions ({columns}) VALUES {}", rows.join(", "));
    test.connect_directly().await.execute_unprepared(&insert).await.unwrap();
    let mut all = Vec::new();
    let mut query = ListQuery::default();
    loop {
        let page = test
            .services
            .accounts
            .security(&here.who.actor(None), &here.who, &query)
            .await
            .unwrap();
        assert_eq!(page.paging.total, 121);
        all.extend(page.sessions);
        match page.paging.next {
            Some(next) => query.after = next,
            None => break,
        }
    }
    assert!(all[0].current);
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(
        (all.len(), all.iter().filter(|session| session.current).count()),
        (121, 1)
    );
    assert!(!ids.is_empty());
    let curl = ListQuery {
        search: "CURL".to_owned(),
        ..ListQuery::default()
    };
    assert_eq!(
        test.services
            .accounts
            .security(&here.who.actor(None), &here.who, &curl)
            .await
            .unwrap()
            .sessions
            .len(),
        1
    );
}
