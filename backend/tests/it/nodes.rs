//! Several nodes on one database: on how many of them a change is in force.

use std::time::Duration;

use crate::common::{TestBackend, code, create, new_key};
use backend::audit::Actor;
use backend::cluster::Behind;
use futures_util::FutureExt as _;
use model::endpoint::Grant;
use model::key_page::Proof;
use model::status::Status;
use model::time::{MINUTE, SECOND};
use model::verify::Code;
use sea_orm::ConnectionTrait;

/// Inserts or updates the row of another server that shares the database, with a heartbeat of now.
async fn another_node(test: &TestBackend, applied: i64) {
    let now = test.services.now().0;
    let sql = format!("INSERT INTO nodes VALUES ('node_other00000', 'other', {now}, {now}, {applied})");
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}

const fn everywhere(nodes: u64) -> Proof {
    Proof {
        confirmed: nodes,
        nodes,
        until: None,
    }
}

#[tokio::test]
async fn a_change_is_in_force_here_when_its_number_is_known() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let changed = test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(
        test.services
            .cluster
            .proof(&Actor::command_line(), changed.change)
            .await
            .unwrap(),
        everywhere(1)
    );
    let not_yet = test
        .services
        .cluster
        .proof(&Actor::command_line(), changed.change + 1)
        .await
        .unwrap();
    assert_eq!((not_yet.confirmed, not_yet.nodes), (0, 1));
}

#[tokio::test]
async fn a_change_is_confirmed_by_a_second_server_once_it_refuses_the_key() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    // No node of this test follows the changes of the other nodes.
    let (second, third) = (test.another(2).await, test.another(3).await);
    for services in [&*test.services, &second, &third] {
        services.cluster.load_index().await.unwrap();
        services.cluster.join().await.unwrap();
    }
    let by = Actor::command_line();
    let changed = test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(code(&second, &key.token, "chat"), Code::Valid);
    let proof = test
        .services
        .cluster
        .proof(&Actor::command_line(), changed.change)
        .await
        .unwrap();
    assert_eq!((proof.confirmed, proof.nodes, proof.until), (1, 3, None));

    second.cluster.load_index().await.unwrap();
    second.cluster.join().await.unwrap();
    assert_eq!(code(&second, &key.token, "chat"), Code::Inactive);
    let proof = test
        .services
        .cluster
        .proof(&Actor::command_line(), changed.change)
        .await
        .unwrap();
    assert_eq!((proof.confirmed, proof.nodes), (2, 3));
}

#[tokio::test]
async fn a_silent_node_counts_for_as_long_as_it_could_answer_from_memory() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    another_node(&test, 0).await;
    let heard = test.services.now();
    let by = Actor::command_line();
    let change = test.services.keys.disable(&by, &key.id).await.unwrap().change;
    let proof = async || {
        test.services
            .cluster
            .proof(&Actor::command_line(), change)
            .await
            .unwrap()
    };
    let unconfirmed = |until| Proof {
        confirmed: 1,
        nodes: 2,
        until,
    };
    test.clock.advance(5 * SECOND);
    assert_eq!(proof().await, unconfirmed(None), "a live node will confirm soon");
    test.clock.advance(1);
    let end = heard.plus(5 * MINUTE);
    assert_eq!(proof().await, unconfirmed(Some(end)));
    test.clock.advance(end.since(test.services.now()) - 1);
    assert_eq!(proof().await, unconfirmed(Some(end)));
    test.clock.advance(1);
    assert_eq!(proof().await, everywhere(1), "by now the silent node refuses every key");
}

#[tokio::test]
async fn a_silent_node_that_had_confirmed_delays_no_proof() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let change = test.services.keys.disable(&by, &key.id).await.unwrap().change;
    another_node(&test, change).await;
    test.clock.advance(MINUTE);
    assert_eq!(
        test.services
            .cluster
            .proof(&Actor::command_line(), change)
            .await
            .unwrap(),
        everywhere(2)
    );
}

#[tokio::test]
async fn a_server_that_leaves_is_not_counted() {
    let test = TestBackend::serving().await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    other.cluster.join().await.unwrap();
    assert_eq!(test.services.cluster.count_live_nodes().await.unwrap(), 2);
    other.cluster.leave().await.unwrap();
    assert_eq!(test.services.cluster.count_live_nodes().await.unwrap(), 1);
    assert_eq!(
        test.services.cluster.proof(&Actor::command_line(), 0).await.unwrap(),
        everywhere(1)
    );
}

#[tokio::test]
async fn the_command_line_proves_what_servers_have_applied() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command_line = test.another(2).await;
    let by = Actor::command_line();
    let changed = command_line.keys.disable(&by, &key.id).await.unwrap();
    let waited = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while command_line
            .cluster
            .proof(&Actor::command_line(), changed.change)
            .await
            .unwrap()
            != everywhere(1)
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    assert!(
        waited.await.is_ok(),
        "{:?}",
        command_line.cluster.proof(&Actor::command_line(), changed.change).await
    );
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Inactive);
}

/// The waiting process does not serve, like the command line.
#[tokio::test]
async fn waiting_for_a_change_ends_when_it_is_in_force_on_the_running_server() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command = test.another(2).await;
    let by = Actor::command_line();
    let patience = Duration::from_secs(10);
    for (disable, expected) in [(true, Code::Inactive), (false, Code::Valid), (true, Code::Inactive)] {
        let changed = if disable {
            command.keys.disable(&by, &key.id).await.unwrap()
        } else {
            command.keys.enable(&by, &key.id).await.unwrap()
        };
        let reach = command.cluster.wait_in_force(changed.change, patience).await.unwrap();
        assert_eq!((reach.confirmed, reach.nodes), (1, 1));
        assert_eq!(code(&test.services, &key.token, "chat"), expected);
    }
}

#[tokio::test]
async fn waiting_for_a_key_ends_when_the_running_server_accepts_it() {
    let test = TestBackend::serving().await;
    let command = test.another(2).await;
    for _ in 0..5 {
        let key = create(&command, &new_key("Shop", Grant::All)).await;
        assert!(key.provisioning);
        let progress = command
            .keys
            .settle(&Actor::command_line(), &key.id, Duration::from_secs(10))
            .await
            .unwrap();
        assert_eq!(progress.status, Status::Active);
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    }
}

#[tokio::test]
async fn waiting_for_a_node_that_is_behind_ends_with_the_number_of_confirmations() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let changed = test.services.keys.disable(&by, &key.id).await.unwrap();
    // No server runs, so no node has to be waited for.
    let reach = test
        .services
        .cluster
        .wait_in_force(changed.change, Duration::MAX)
        .await
        .unwrap();
    assert_eq!((reach.confirmed, reach.nodes, reach.is_everywhere()), (0, 0, true));
    another_node(&test, changed.change - 1).await;
    let reach = test
        .services
        .cluster
        .wait_in_force(changed.change, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!((reach.confirmed, reach.nodes, reach.is_everywhere()), (0, 1, false));
}

#[tokio::test]
async fn a_request_that_needs_a_change_of_another_process_gets_it_before_the_next_poll() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command = test.another(2).await;
    let by = Actor::command_line();
    let mut slowest = Duration::ZERO;
    for disable in [true, false, true, false, true] {
        let change = if disable {
            command.keys.disable(&by, &key.id).await.unwrap().change
        } else {
            command.keys.enable(&by, &key.id).await.unwrap().change
        };
        let began = std::time::Instant::now();
        test.services.cluster.wait_for_change(change).await.unwrap();
        slowest = slowest.max(began.elapsed());
        let expected = if disable { Code::Inactive } else { Code::Valid };
        assert_eq!(code(&test.services, &key.token, "chat"), expected);
    }
    assert!(slowest < Duration::from_millis(900), "{slowest:?}");
}

#[tokio::test]
async fn a_flood_of_numbers_that_no_change_has_is_refused_at_once() {
    let test = TestBackend::serving().await;
    let last = test.services.cluster.last_change().await.unwrap();
    for (change, waits) in [(last + 1, 256), (last + 1_000_000, 16), (i64::MAX, 16)] {
        let began = std::time::Instant::now();
        let mut waiting: Vec<_> = (0..waits)
            .map(|_| Box::pin(test.services.cluster.wait_for_change(change)))
            .collect();
        for wait in &mut waiting {
            assert!(wait.as_mut().now_or_never().is_none(), "waits");
        }
        for _ in 0..1_000 {
            let refused = test.services.cluster.wait_for_change(change).now_or_never();
            assert_eq!(refused, Some(Err(Behind(change))), "{change}: refused without waiting");
        }
        // The places of the others stay free.
        test.services.cluster.wait_for_change(last).await.unwrap();
        for outcome in futures_util::future::join_all(waiting).await {
            assert_eq!(outcome, Err(Behind(change)));
        }
        let took = began.elapsed();
        assert!((900..5_000).contains(&took.as_millis()), "{took:?}");
    }
}
