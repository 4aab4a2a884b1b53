//! The latest refused requests of a key: remembered by the node that refused them, and told to the others when somebody asks.

use std::sync::Arc;

use backend::Services;
use backend::Settings;
use backend::audit::Actor;
use backend::error::NotFound;
use backend::keys::{NewKey, NewKeyWithToken};
use backend::verifier::{Origin, Target};
use model::endpoint::Grant;
use model::id::KeyId;
use model::limit::Limits;
use model::refusal::{LatestRefusals, PATH_MAX, REMEMBERED};
use model::role::Role;
use model::time::{MINUTE, SECOND};
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};

use crate::common::{TestBackend, as_role, create, decide, new_key};

const CLIENT: &str = "203.0.113.7";

fn only_chat() -> NewKey {
    new_key("Shop", Grant::Only(vec!["chat".to_owned()]))
}

fn send(services: &Services, key: &NewKeyWithToken, method: &str, path: &str) -> Code {
    let target = Target::Request { method, path };
    let from = Origin::client(Some(CLIENT.parse().unwrap()));
    services
        .verifier()
        .decide(key.token.reveal(), target, from, |decision| decision.code)
        .unwrap()
}

async fn refusals(services: &Services, id: &KeyId) -> LatestRefusals {
    services.keys.refusals(&as_role(Role::Viewer), id).await.unwrap()
}

async fn count(test: &TestBackend, table: &str) -> i64 {
    let db = test.connect_directly().await;
    let count = Statement::from_string(db.get_database_backend(), format!("SELECT count(*) FROM {table}"));
    db.query_one_raw(count)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

#[tokio::test]
async fn a_refused_request_is_remembered_with_its_reason_and_an_allowed_one_is_not() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        limits: Limits {
            minute: Some(1),
            ..Limits::NONE
        },
        ..only_chat()
    };
    let key = test.active_key(&new).await;
    let chat = ("POST", "/api/v1/chat/completions");
    assert_eq!(send(&test.services, &key, chat.0, chat.1), Code::Valid);
    assert!(refusals(&test.services, &key.id).await.requests.is_empty());
    test.clock.advance(1);
    assert_eq!(
        send(&test.services, &key, "GET", "/api/v1/img?secret=1"),
        Code::Forbidden
    );
    test.clock.advance(1);
    assert_eq!(send(&test.services, &key, chat.0, chat.1), Code::RateLimited);
    test.clock.advance(1);
    assert_eq!(
        decide(&test.services, key.token.reveal(), "image").code,
        Code::Forbidden
    );

    let found = refusals(&test.services, &key.id).await;
    assert!(found.is_complete());
    assert_eq!(found.sources_in_words(), "From the one node that runs.");
    let seen: Vec<(&str, &str, &str)> = found
        .requests
        .iter()
        .map(|request| (request.method.as_str(), request.path.as_str(), request.reason.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("", "", "The key does not hold endpoint image."),
            ("POST", chat.1, "The key had used up its requests per minute."),
            ("GET", "/api/v1/img", "The key does not hold endpoint image."),
        ]
    );
    let image = found.requests.last().unwrap();
    assert_eq!((image.code, image.address.as_deref()), (Code::Forbidden, Some(CLIENT)));
    let question = image.question().unwrap();
    assert_eq!(
        (question.path.as_str(), question.address.as_str()),
        ("/api/v1/img", CLIENT)
    );
    assert_eq!(found.requests[0].question(), None, "it named an endpoint");
}

#[tokio::test]
async fn what_is_remembered_is_bounded_and_never_holds_a_token() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&only_chat()).await;
    let token = key.token.reveal();
    for number in 0..=REMEMBERED {
        test.clock.advance(1);
        send(
            &test.services,
            &key,
            "GET",
            &format!("/{number}/{token}/{}", "x".repeat(1_000)),
        );
    }
    let found = refusals(&test.services, &key.id).await.requests;
    assert_eq!(found.len(), REMEMBERED);
    assert!(
        found[0].path.starts_with(&format!("/{REMEMBERED}/…/xxx")),
        "{}",
        found[0].path
    );
    for request in &found {
        assert!(
            request.path.len() <= PATH_MAX && !request.path.contains(token),
            "{}",
            request.path
        );
        assert_eq!(request.question(), None, "it is not complete");
    }
    // Nothing of it is stored while this node is alone.
    for table in ["refused_request_questions", "refused_request_answers"] {
        assert_eq!(count(&test, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_deleted_key_loses_them() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&only_chat()).await;
    send(&test.services, &key, "GET", "/api/v1/img");
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let gone = test.services.keys.refusals(&as_role(Role::Owner), &key.id).await;
    assert!(
        matches!(&gone, Err(backend::Error::NotFound(NotFound::Key(id))) if *id == key.id),
        "{gone:?}"
    );
}

/// Two servers whose tasks are carried out by the test, and a key.
async fn two_nodes() -> (TestBackend, [Arc<Services>; 2], NewKeyWithToken) {
    let named = |name: &str| Settings {
        node_name: name.to_owned(),
        ..Settings::default()
    };
    let test = TestBackend::with(named("one")).await;
    // While no server runs, a key is active at once.
    let key = create(&test.services, &only_chat()).await;
    let nodes = [
        Arc::clone(&test.services),
        Arc::new(test.another_with(2, named("two")).await),
    ];
    for node in &nodes {
        node.cluster.load_index().await.unwrap();
        node.cluster.join().await.unwrap();
    }
    for node in &nodes {
        node.cluster.exchange_limits().await.unwrap();
    }
    (test, nodes, key)
}

#[tokio::test]
async fn every_node_tells_of_its_own_and_the_screen_knows_who_has_answered() {
    let (test, [one, two], key) = two_nodes().await;
    send(&one, &key, "GET", "/on-one");
    test.clock.advance(1);
    send(&two, &key, "GET", "/on-two");
    let first = refusals(&one, &key.id).await;
    assert_eq!(
        first.sources_in_words(),
        "From 1 of 2 nodes that run. Not answered yet: two."
    );
    assert_eq!(first.requests.len(), 1);

    two.cluster.answer_refusals().await.unwrap();
    let second = refusals(&one, &key.id).await;
    assert_eq!(second.sources_in_words(), "From all 2 nodes that run.");
    let seen: Vec<(&str, &str)> = second
        .requests
        .iter()
        .map(|request| (request.path.as_str(), request.node.as_str()))
        .collect();
    assert_eq!(seen, [("/on-two", "two"), ("/on-one", "one")]);

    // A question is asked anew only after some seconds, and then the old answer is not enough.
    test.clock.advance(2 * SECOND);
    assert!(refusals(&one, &key.id).await.is_complete());
    test.clock.advance(6 * SECOND);
    for node in [&one, &two] {
        node.cluster.join().await.unwrap();
    }
    let third = refusals(&one, &key.id).await;
    assert!(!third.is_complete());
    assert_eq!(third.requests.len(), 2, "what it told before is still shown");
    two.cluster.answer_refusals().await.unwrap();
    assert!(refusals(&one, &key.id).await.is_complete());
}

#[tokio::test]
async fn questions_and_answers_are_removed_with_their_key_and_after_a_minute() {
    let (test, [one, two], key) = two_nodes().await;
    let other = create(&one, &only_chat()).await;
    for node in [&one, &two] {
        node.cluster.load_index().await.unwrap();
    }
    for key in [&key, &other] {
        send(&two, key, "GET", "/on-two");
        refusals(&one, &key.id).await;
    }
    two.cluster.answer_refusals().await.unwrap();
    assert_eq!(count(&test, "refused_request_answers").await, 2);
    one.keys.delete(&Actor::command_line(), &key.id).await.unwrap();
    for table in ["refused_request_questions", "refused_request_answers"] {
        assert_eq!(count(&test, table).await, 1, "{table}");
    }
    test.clock.advance(2 * MINUTE);
    for node in [&one, &two] {
        node.cluster.join().await.unwrap();
    }
    two.cluster.exchange_limits().await.unwrap();
    two.cluster.answer_refusals().await.unwrap();
    for table in ["refused_request_questions", "refused_request_answers"] {
        assert_eq!(count(&test, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_question_is_answered_however_many_are_newer() {
    let (test, [one, two], key) = two_nodes().await;
    refusals(&one, &key.id).await;
    for _ in 0..30 {
        let newer = create(&one, &only_chat()).await;
        test.clock.advance(1);
        refusals(&one, &newer.id).await;
    }
    for _ in 0..2 {
        two.cluster.answer_refusals().await.unwrap();
    }
    assert!(refusals(&one, &key.id).await.is_complete());
}
