//! A node that was taken for stopped, or that has stopped.

use std::time::Duration;

use backend::Services;
use backend::audit::Actor;
use backend::verifier::{Target, Unavailable};
use model::endpoint::Grant;
use model::proof::Proof;
use model::time::MINUTE;
use model::verify::Code;

use crate::common::{TestBackend, ask, code, create, new_key};

async fn answering_node(services: &Services) {
    services.cluster.join().await.unwrap();
    services.cluster.load_index().await.unwrap();
    services.cluster.join().await.unwrap();
}

async fn proof(services: &Services, change: i64) -> Proof {
    services.cluster.proof(&Actor::command_line(), change).await.unwrap()
}

fn decide(services: &Services, token: &str) -> Result<Code, Unavailable> {
    ask(services, token, Target::Endpoint("chat"), None).map(|answer| answer.code)
}

#[tokio::test]
async fn a_node_that_was_taken_for_stopped_is_counted_again_before_it_answers() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let woken = test.another(2).await;
    answering_node(&test.services).await;
    answering_node(&woken).await;
    test.clock.advance(5 * MINUTE + 1);
    assert_eq!(decide(&woken, key.token.reveal()), Err(Unavailable::Stale));
    // It wakes, and looks for changes. No heartbeat task runs in this test.
    tokio::select! {
        () = woken.cluster.follow_changes() => panic!("it goes on for ever"),
        () = until_answering(&woken, key.token.reveal()) => {}
    }
    answering_node(&test.services).await;
    let disabled = test.services.keys.disable(&Actor::command_line(), &key.id).await;
    let change = disabled.unwrap().change;
    assert_eq!(code(&woken, &key.token, "chat"), Code::Valid);
    assert!(!proof(&test.services, change).await.in_force);
    // Where it hears nothing more, it is waited for as long as it answers.
    test.clock.advance(5 * MINUTE - 2);
    answering_node(&test.services).await;
    assert_eq!(code(&woken, &key.token, "chat"), Code::Valid);
    assert!(!proof(&test.services, change).await.in_force);
    test.clock.advance(2);
    assert_eq!(decide(&woken, key.token.reveal()), Err(Unavailable::Stale));
    assert!(proof(&test.services, change).await.in_force);
}

async fn until_answering(services: &Services, token: &str) {
    while decide(services, token).is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_node_that_has_left_answers_nothing() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    test.services.cluster.leave().await.unwrap();
    assert_eq!(decide(&test.services, key.token.reveal()), Err(Unavailable::Stopped));
    // Not even if it hears from the database once more.
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(decide(&test.services, key.token.reveal()), Err(Unavailable::Stopped));
}
