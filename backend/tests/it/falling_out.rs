//! A node that was taken for stopped, that has stopped, or whose database was put back to an earlier state.

use std::time::Duration;

use backend::audit::Actor;
use backend::verifier::{Target, Unavailable};
use backend::{Result, Services};
use model::endpoint::Grant;
use model::proof::Proof;
use model::time::MINUTE;
use model::verify::Code;
use sea_orm::ConnectionTrait;

use crate::common::{TestBackend, ask, code, create, new_key, until};

async fn answering_node(services: &Services) {
    services.cluster.join().await.unwrap();
    services.cluster.load_index().await.unwrap();
    services.cluster.join().await.unwrap();
}

async fn proof(services: &Services, change: i64) -> Proof {
    services.cluster.proof(&Actor::command_line(), change).await.unwrap()
}

fn decide(services: &Services, token: &str) -> std::result::Result<Code, Unavailable> {
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
    test.clock.advance(5 * MINUTE - 1);
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

#[tokio::test]
async fn a_node_stops_if_the_database_goes_back() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    answering_node(&test.services).await;
    let db = test.connect_directly().await;
    db.execute_unprepared("DELETE FROM change_log WHERE number = (SELECT change_number FROM head)")
        .await
        .unwrap();
    db.execute_unprepared("UPDATE head SET change_number = change_number - 1")
        .await
        .unwrap();
    ends(&test.services).await;
    assert_eq!(decide(&test.services, key.token.reveal()), Err(Unavailable::Stopped));
}

/// The numbers that this node knows were given again before it looked.
#[tokio::test]
async fn a_node_stops_if_the_database_went_back_and_on_from_there() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    answering_node(&test.services).await;
    let db = test.connect_directly().await;
    db.execute_unprepared(
        "UPDATE change_log SET subject_id = 'another' WHERE number = (SELECT change_number FROM head)",
    )
    .await
    .unwrap();
    let other = test.another(2).await;
    create(&other, &new_key("Other", Grant::All)).await;
    ends(&test.services).await;
    assert_eq!(decide(&test.services, key.token.reveal()), Err(Unavailable::Stopped));
    // A node that starts over this database is as good as any.
    let next = test.another(3).await;
    answering_node(&next).await;
    until(&next, &key.token, Code::Valid).await;
    let made: Result<_> = next.keys.disable(&Actor::command_line(), &key.id).await;
    made.unwrap();
    assert_eq!(code(&next, &key.token, "chat"), Code::Inactive);
}

async fn ends(services: &Services) {
    let followed = tokio::time::timeout(Duration::from_secs(10), services.cluster.follow_changes());
    followed.await.expect("it goes on over another database");
}
