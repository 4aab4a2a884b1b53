//! `lastValidAt`: when a node last said VALID for a key that was revoked, wherever that is known.

use super::{claims, receipt};
use crate::common::{TestBackend, code, decide, new_key};
use backend::Services;
use backend::audit::Actor;
use backend::keys::NewKeyWithToken;
use backend::receipts::LastValid;
use model::endpoint::Grant;
use model::time::{HOUR, MINUTE, SECOND, Timestamp};
use model::verify::Code;
use sea_orm::ConnectionTrait;

/// A node that follows no changes by itself, and a key that it accepts.
async fn node_and_key() -> (TestBackend, NewKeyWithToken) {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    test.pass(MINUTE).await;
    (test, key)
}

/// A second node. It applies changes when it is told to.
async fn second_node(test: &TestBackend) -> Services {
    let second = test.another(2).await;
    second.cluster.join().await.unwrap();
    second.cluster.load_index().await.unwrap();
    second.cluster.join().await.unwrap();
    second
}

/// Uses the key once on this node. Answers with the time.
fn use_key(test: &TestBackend, services: &Services, key: &NewKeyWithToken) -> Timestamp {
    assert_eq!(code(services, &key.token, "chat"), Code::Valid);
    test.services.now()
}

async fn disable(test: &TestBackend, key: &NewKeyWithToken) -> i64 {
    let by = Actor::command_line();
    test.services.keys.disable(&by, &key.id).await.unwrap().change
}

async fn delete(test: &TestBackend, key: &NewKeyWithToken) -> i64 {
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap().change
}

#[tokio::test]
async fn a_use_that_is_not_stored_counts_to_the_millisecond() {
    for delete_it in [false, true] {
        let (test, key) = node_and_key().await;
        use_key(&test, &test.services, &key);
        test.clock.advance(1_234);
        let last = use_key(&test, &test.services, &key);
        test.clock.advance(77);
        let change = if delete_it {
            delete(&test, &key).await
        } else {
            disable(&test, &key).await
        };
        // Refused requests do not count.
        test.clock.advance(5);
        decide(&test.services, key.token.reveal(), "chat");
        assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::At(last));
    }
}

#[tokio::test]
async fn a_use_that_was_stored_before_counts() {
    let (test, key) = node_and_key().await;
    let last = use_key(&test, &test.services, &key);
    test.services.usage.flush().await.unwrap();
    test.clock.advance(HOUR);
    let change = disable(&test, &key).await;
    test.pass(SECOND).await;
    assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::At(last));
    let deleted = delete(&test, &key).await;
    assert_eq!(claims(&test.services, deleted).await.last_valid_at, LastValid::At(last));
}

#[tokio::test]
async fn a_key_that_nobody_used_has_no_last_use() {
    let (test, key) = node_and_key().await;
    let change = disable(&test, &key).await;
    assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::Never);
}

#[tokio::test]
async fn another_node_reports_the_uses_until_it_has_applied_the_change() {
    for delete_it in [false, true] {
        let (test, key) = node_and_key().await;
        let second = second_node(&test).await;
        use_key(&test, &test.services, &key);
        test.clock.advance(40);
        let change = if delete_it {
            delete(&test, &key).await
        } else {
            disable(&test, &key).await
        };
        test.clock.advance(30);
        let last = use_key(&test, &second, &key);
        test.clock.advance(2);
        // It is behind, so there is no receipt yet.
        receipt(&test.services, change).await.unwrap_err();
        second.cluster.load_index().await.unwrap();
        second.cluster.join().await.unwrap();
        let claims = claims(&test.services, change).await;
        assert_eq!(claims.last_valid_at, LastValid::At(last), "deleted: {delete_it}");
        assert_eq!(claims.nodes.len(), 2);
    }
}

/// The other node stores its uses after the key was deleted, and before it knows that.
#[tokio::test]
async fn uses_that_were_stored_without_their_key_are_reported() {
    let (test, key) = node_and_key().await;
    let second = second_node(&test).await;
    test.clock.advance(10);
    let change = delete(&test, &key).await;
    test.clock.advance(10);
    let last = use_key(&test, &second, &key);
    second.usage.flush().await.unwrap();
    test.clock.advance(10);
    second.cluster.load_index().await.unwrap();
    second.cluster.join().await.unwrap();
    assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::At(last));
}

/// The other node stores its uses while the key is disabled, and before it knows that.
#[tokio::test]
async fn uses_that_were_stored_after_the_change_are_reported() {
    let (test, key) = node_and_key().await;
    let second = second_node(&test).await;
    let change = disable(&test, &key).await;
    test.clock.advance(10);
    let last = use_key(&test, &second, &key);
    second.usage.flush().await.unwrap();
    test.clock.advance(10);
    second.cluster.load_index().await.unwrap();
    second.cluster.join().await.unwrap();
    assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::At(last));
}

#[tokio::test]
async fn a_node_that_stops_reports_first() {
    let (test, key) = node_and_key().await;
    let second = second_node(&test).await;
    let change = delete(&test, &key).await;
    test.clock.advance(10);
    let last = use_key(&test, &second, &key);
    test.clock.advance(10);
    second.usage.flush().await.unwrap();
    second.cluster.leave().await.unwrap();
    let claims = claims(&test.services, change).await;
    assert_eq!(claims.last_valid_at, LastValid::At(last));
}

#[tokio::test]
async fn a_receipt_is_about_its_own_change() {
    let (test, key) = node_and_key().await;
    let first = use_key(&test, &test.services, &key);
    test.clock.advance(SECOND);
    let disabled = disable(&test, &key).await;
    // It reports before the key is used again.
    test.services.cluster.join().await.unwrap();
    test.clock.advance(SECOND);
    let by = Actor::command_line();
    test.services.keys.enable(&by, &key.id).await.unwrap();
    test.clock.advance(SECOND);
    let second = use_key(&test, &test.services, &key);
    test.services.usage.flush().await.unwrap();
    test.clock.advance(SECOND);
    let deleted = delete(&test, &key).await;
    assert_eq!(
        claims(&test.services, disabled).await.last_valid_at,
        LastValid::At(first)
    );
    assert_eq!(
        claims(&test.services, deleted).await.last_valid_at,
        LastValid::At(second)
    );
}

/// What a node had in memory when it died is lost, so it may have said VALID until its end.
#[tokio::test]
async fn a_node_that_died_counts_until_its_end() {
    let (test, key) = node_and_key().await;
    let used_at = use_key(&test, &test.services, &key);
    test.clock.advance(MINUTE);
    let died = test.services.now();
    let rows = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number, stopped_at)
         VALUES ('node_dead000000', 'dead', {used}, {used}, 0, {died})",
        used = used_at.0,
        died = died.0
    );
    test.connect_directly().await.execute_unprepared(&rows).await.unwrap();
    test.clock.advance(HOUR);
    let change = disable(&test, &key).await;
    let disabled = claims(&test.services, change).await;
    assert_eq!(disabled.last_valid_at, LastValid::At(died));
    assert!(
        disabled.nodes.iter().all(|node| node.name != "dead"),
        "it had no part in the change"
    );

    // A later use is known, and so is the last one.
    let by = Actor::command_line();
    test.services.keys.enable(&by, &key.id).await.unwrap();
    test.pass(SECOND).await;
    let later = use_key(&test, &test.services, &key);
    test.clock.advance(SECOND);
    let change = disable(&test, &key).await;
    assert_eq!(claims(&test.services, change).await.last_valid_at, LastValid::At(later));
}

#[tokio::test]
async fn a_clock_that_was_set_back_moves_no_use_behind_the_change() {
    let (test, key) = node_and_key().await;
    use_key(&test, &test.services, &key);
    test.clock.set_forward(-HOUR);
    let change = disable(&test, &key).await;
    let claims = claims(&test.services, change).await;
    assert!(
        matches!(claims.last_valid_at, LastValid::At(at) if at <= claims.in_force_at),
        "{claims:?}"
    );
}

/// Two servers that follow each other's changes by themselves.
#[tokio::test]
async fn nodes_report_by_themselves() {
    let (test, key) = node_and_key().await;
    let second = std::sync::Arc::new(test.another(2).await);
    second.cluster.join().await.unwrap();
    crate::common::serve(&second).await;
    let last = use_key(&test, &second, &key);
    test.clock.advance(3);
    let change = delete(&test, &key).await;
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while receipt(&test.services, change).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    in_time.await.unwrap();
    let claims = claims(&test.services, change).await;
    assert_eq!((claims.last_valid_at, claims.nodes.len()), (LastValid::At(last), 2));
}
