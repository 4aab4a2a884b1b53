//! A database that has lost its last changes, as after a restore while a node was cut off.

use std::time::Duration;

use model::endpoint::Grant;
use model::verify::Code;

use super::two_nodes;
use crate::common::database::execute;
use crate::common::{ask, code, create, new_key, until};
use backend::Services;
use backend::audit::Actor;
use backend::verifier::Target;

#[tokio::test]
async fn a_node_refuses_keys_that_the_database_no_longer_has() {
    let (test, other) = two_nodes().await;
    let kept = create(&test.services, &new_key("Kept", Grant::All)).await;
    until(&other, &kept.token, Code::Valid).await;
    let last = test.services.cluster.last_change().await.unwrap();
    let gone = create(&test.services, &new_key("Lost", Grant::All)).await;
    for node in [&test.services, &other] {
        until(node, &gone.token, Code::Valid).await;
    }
    let db = test.connect_directly().await;
    let sql = format!(
        "DELETE FROM api_keys WHERE id = '{}'; DELETE FROM change_log WHERE number > {last};
         UPDATE head SET change_number = {last}",
        gone.id
    );
    execute(&db, &sql).await.unwrap();
    for node in [&*test.services, &other] {
        in_time(answers(node, gone.token.reveal(), Code::NotFound)).await;
        in_time(answers(node, kept.token.reveal(), Code::Valid)).await;
        assert_eq!(code(node, &kept.token, "chat"), Code::Valid);
        assert_eq!(node.cluster.change_in_force(), last);
    }
    // The numbers are given again, and count from the beginning.
    let disabled = test
        .services
        .keys
        .disable(&Actor::command_line(), &kept.id)
        .await
        .unwrap();
    assert_eq!(disabled.change, last + 1);
    until(&other, &kept.token, Code::Inactive).await;
    let (proof, _) = test
        .services
        .cluster
        .wait_until_proven(&Actor::command_line(), last + 1, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(proof.in_force && proof.nodes.len() == 2, "{proof:?}");
}

/// Another node has given the lost numbers to other changes before this one looks.
#[tokio::test]
async fn a_node_notices_that_the_numbers_were_given_again() {
    let (test, other) = two_nodes().await;
    let cut_off = test.another(3).await;
    let gone = create(&test.services, &new_key("Lost", Grant::All)).await;
    until(&other, &gone.token, Code::Valid).await;
    cut_off.cluster.load_index().await.unwrap();
    let db = test.connect_directly().await;
    let sql = format!(
        "DELETE FROM api_keys WHERE id = '{0}'; UPDATE change_log SET subject_id = 'key_another' WHERE subject_id = '{0}'",
        gone.id
    );
    execute(&db, &sql).await.unwrap();
    assert_eq!(code(&cut_off, &gone.token, "chat"), Code::Valid);
    // It cannot tell anybody what it has in force.
    assert!(cut_off.cluster.join().await.is_err());
    tokio::select! {
        () = cut_off.cluster.follow_changes() => {}
        () = in_time(answers(&cut_off, gone.token.reveal(), Code::NotFound)) => {}
    }
    cut_off.cluster.join().await.unwrap();
}

/// Waits until the verifier gives this code. Meanwhile it may answer nothing.
async fn answers(services: &Services, token: &str, wanted: Code) {
    let answer = || ask(services, token, Target::Endpoint("chat"), None).map(|answer| answer.code);
    while answer() != Ok(wanted) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn in_time(waiting: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap();
}
