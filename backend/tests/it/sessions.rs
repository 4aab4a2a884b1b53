//! A person's own sessions: listed, and ended.

use crate::common::TestBackend;
use crate::common::database::execute;
use crate::common::people::ADDRESS;
use backend::accounts::Browser;
use backend::audit::Actor;
use backend::error::Error;
use model::list::ListQuery;
use model::role::Role;
use model::security::SessionView;
use model::time::{HOUR, MINUTE, SECOND};
use serde_json::json;

fn curl() -> Browser {
    Browser {
        address: "2001:db8::1".to_owned(),
        user_agent: "curl/8.5.0".to_owned(),
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
    execute(&test.connect_directly().await, &insert).await.unwrap();
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
