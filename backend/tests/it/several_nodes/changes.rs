//! Changes by several nodes have one order, and each is in force on all of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use backend::audit::Actor;
use backend::error::Error;
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::key::CreateOutcome;
use model::key_list::KeyQuery;
use model::verify::Code;
use tokio::task::JoinSet;

use super::two_nodes;
use crate::common::database::{number, texts};
use crate::common::{TestBackend, create, new_key, until};

fn by() -> Actor {
    Actor::command_line()
}

#[tokio::test]
async fn a_key_that_is_created_and_disabled_on_one_node_is_so_on_another() {
    let (test, other) = two_nodes().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    until(&other, &key.token, Code::Valid).await;
    test.services.keys.disable(&by(), &key.id).await.unwrap();
    until(&other, &key.token, Code::Inactive).await;
    other.keys.enable(&by(), &key.id).await.unwrap();
    until(&test.services, &key.token, Code::Valid).await;
    other.keys.delete(&by(), &key.id).await.unwrap();
    until(&test.services, &key.token, Code::NotFound).await;
}

#[tokio::test]
async fn a_form_that_is_sent_to_two_nodes_at_once_makes_one_key() {
    let (test, other) = two_nodes().await;
    let options = test.services.keys.creation_options(&by(), "", "").await.unwrap();
    let form: FormValues = options.form;
    let sender = by();
    let outcomes = tokio::join!(
        test.services.keys.create(&sender, &form),
        other.keys.create(&sender, &form)
    );
    let (made, again) = match (outcomes.0.unwrap(), outcomes.1.unwrap()) {
        (CreateOutcome::Created(made), CreateOutcome::AlreadyCreated(again))
        | (CreateOutcome::AlreadyCreated(again), CreateOutcome::Created(made)) => (made, again),
        both => panic!("{both:?}"),
    };
    assert_eq!(made.id, again.id);
    let listed = other.keys.list(&by(), &KeyQuery::default()).await.unwrap();
    assert_eq!(listed.total, 1);
}

#[tokio::test]
async fn after_a_new_master_key_on_one_node_others_refuse_changes() {
    let (test, other) = two_nodes().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    until(&other, &key.token, Code::Valid).await;
    let changed = test
        .with_new_master_key("another master key, just as long as the first")
        .await;
    for node in [&test.services, &other] {
        let refused = node.keys.disable(&by(), &key.id).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused:?}");
        assert!(
            refused
                .to_string()
                .starts_with("The master key was changed while this node was running."),
            "{refused}"
        );
    }
    changed.keys.disable(&by(), &key.id).await.unwrap();
    // They follow the changes of others all the same.
    until(&other, &key.token, Code::Inactive).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_changes_at_once_have_numbers_without_a_gap_and_an_intact_log() {
    const CHANGES: i64 = 200;
    // No server has joined, so that a key needs no second change to become active.
    let test = TestBackend::new().await;
    let other = Arc::new(test.another(2).await);
    for node in [&test.services, &other] {
        node.cluster.load_index().await.unwrap();
        let node = Arc::clone(node);
        tokio::spawn(async move { node.cluster.follow_changes().await });
    }
    let db = test.connect_directly().await;
    let before = number(&db, "SELECT change_number FROM head").await;
    let events = test.events().await;
    let mut changes = JoinSet::new();
    for turn in 0..CHANGES {
        let node = Arc::clone(if turn % 2 == 0 { &test.services } else { &other });
        changes.spawn(async move { create(&node, &new_key("Shop", Grant::All)).await.id.to_string() });
    }
    let made: BTreeSet<String> = changes.join_all().await.into_iter().collect();
    assert_eq!(made.len(), 200);
    let after = number(&db, "SELECT change_number FROM head").await;
    assert_eq!(after, before + CHANGES);
    let numbers =
        format!("SELECT CAST(number AS varchar) AS text FROM change_log WHERE number > {before} ORDER BY number");
    let expected: Vec<String> = (before + 1..=after).map(|number| number.to_string()).collect();
    assert_eq!(texts(&db, &numbers).await, expected);
    assert_eq!(test.events().await, events + CHANGES);
    // Both nodes have all of them in the end.
    for node in [&test.services, &other] {
        let mut applied = node.cluster.watch_changes();
        applied.wait_for(|applied| *applied >= after).await.unwrap();
    }
}
