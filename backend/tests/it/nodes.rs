//! Several nodes on one database: which of them answer, how far a change has come, and what Settings → Nodes lists.

use std::time::Duration;

use crate::common::{TestBackend, as_role, code, create, new_key, serve};
use backend::Error;
use backend::audit::Actor;
use backend::clock::Clock;
use backend::cluster::Behind;
use futures_util::FutureExt as _;
use model::endpoint::Grant;
use model::id::NodeId;
use model::node_list::NodeRow;
use model::role::Role;
use model::status::Status;
use model::time::{DAY, MINUTE, SECOND, Timestamp};
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};

/// The time on the database's clock.
pub fn database_now(test: &TestBackend) -> Timestamp {
    test.clock.of_database(Timestamp(0))
}

/// Inserts or updates the row of another server that shares the database, with a heartbeat of now. It started before
/// everything else.
pub async fn another_node(test: &TestBackend, name: &str, applied: i64) -> NodeId {
    let (id, now) = (
        NodeId::from_random(&format!("{:0>10}", name.replace('-', ""))),
        database_now(test),
    );
    let sql = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number, version, stale_limit, loaded_number)
         VALUES ('{id}', '{name}', 0, {now}, {applied}, '1.2.3', {}, 0)
         ON CONFLICT (instance_id) DO UPDATE SET heartbeat_at = {now}, applied_number = {applied}",
        5 * MINUTE,
        now = now.0,
    );
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
    id
}

/// Another node has applied the changes up to this one at this time.
pub async fn acknowledge(test: &TestBackend, name: &str, number: i64, at: Timestamp) {
    let id = another_node(test, name, number).await;
    let sql = format!("INSERT INTO node_acknowledgements VALUES ('{id}', {number}, {})", at.0);
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}

async fn rows_of(test: &TestBackend, table: &str) -> i64 {
    let db = test.connect_directly().await;
    let count = Statement::from_string(db.get_database_backend(), format!("SELECT count(*) FROM {table}"));
    let row = db.query_one_raw(count).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Each node of the list: name, state, behind.
async fn listed(test: &TestBackend) -> Vec<(String, String, i64)> {
    let list = test.services.cluster.list_nodes(&as_role(Role::Admin)).await.unwrap();
    let line = |node: NodeRow| (node.name, node.standing.words(), node.behind);
    list.nodes.into_iter().map(line).collect()
}

fn line(name: &str, state: &str, behind: i64) -> (String, String, i64) {
    (name.to_owned(), state.to_owned(), behind)
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
    assert_eq!(other.cluster.count_live_nodes().await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_crashed_is_not_counted_although_its_heartbeat_is_fresh() {
    let test = TestBackend::serving_on_sqlite().await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    other.cluster.join().await.unwrap();
    assert_eq!(test.services.cluster.count_live_nodes().await.unwrap(), 2);
    drop(other);
    assert_eq!(test.services.cluster.count_live_nodes().await.unwrap(), 1);
    assert_eq!(
        listed(&test).await,
        [line("node", "In step", 0), line("node", "Stopped", 0)]
    );
}

#[tokio::test]
async fn the_list_has_every_node_with_its_state() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let last = test.services.cluster.last_change().await.unwrap();
    another_node(&test, "c", last).await;
    test.clock.advance(6 * SECOND);
    let until = database_now(&test).plus(5 * MINUTE - 6 * SECOND);
    another_node(&test, "a", last).await;
    another_node(&test, "b", last - 2).await;
    let silent = format!("Silent until {}", until.clock());
    assert_eq!(
        listed(&test).await,
        [
            line("a", "In step", 0),
            line("b", "Behind", 2),
            line("c", &silent, 0),
            line("node", "In step", 0)
        ]
    );
    test.services
        .keys
        .disable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(listed(&test).await[0], line("a", "Behind", 1));
    assert_eq!(listed(&test).await[3], line("node", "In step", 0));

    test.clock.advance(5 * MINUTE);
    let all = listed(&test).await;
    assert_eq!(all[0], line("node", "In step", 0));
    assert!(all[1..].iter().all(|node| node.1 == "Stopped"), "{all:?}");
}

#[tokio::test]
async fn only_administrators_see_the_nodes() {
    let test = TestBackend::serving().await;
    for role in Role::ALL {
        let list = test.services.cluster.list_nodes(&as_role(role)).await;
        assert_eq!(
            list.is_ok(),
            matches!(role, Role::Admin | Role::Owner),
            "{role:?}: {list:?}"
        );
        if let Err(error) = list {
            assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
        }
    }
    let here = test.services.cluster.list_nodes(&as_role(Role::Owner)).await.unwrap();
    let [node] = here.nodes.as_slice() else {
        panic!("{here:?}");
    };
    assert!(node.here);
    assert_eq!(node.version, env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn a_node_that_stopped_is_listed_for_a_day_and_forgotten_after_a_month() {
    let test = TestBackend::serving().await;
    let change = test.services.cluster.last_change().await.unwrap();
    acknowledge(&test, "b", change, database_now(&test)).await;
    test.services.cluster.tidy_nodes().await.unwrap();
    assert_eq!(listed(&test).await[0].1, "In step");
    let tidied = async |days: i64| {
        test.clock.advance(days * DAY);
        test.services.cluster.tidy_nodes().await.unwrap();
        (listed(&test).await.len(), rows_of(&test, "nodes").await)
    };
    test.clock.advance(5 * MINUTE);
    assert_eq!(tidied(0).await, (2, 2));
    assert_eq!(tidied(1).await, (1, 2));
    let acknowledged = rows_of(&test, "node_acknowledgements").await;
    assert_eq!(tidied(30).await, (1, 1));
    assert!(rows_of(&test, "node_acknowledgements").await < acknowledged);
}

#[tokio::test]
async fn a_node_that_was_taken_for_stopped_and_wakes_up_counts_again() {
    let test = TestBackend::serving().await;
    let sleeper = test.another(2).await;
    sleeper.cluster.load_index().await.unwrap();
    sleeper.cluster.join().await.unwrap();
    test.clock.advance(5 * MINUTE);
    test.services.cluster.tidy_nodes().await.unwrap();
    assert_eq!(listed(&test).await[1].1, "Stopped");
    sleeper.cluster.join().await.unwrap();
    assert_eq!(test.services.cluster.count_live_nodes().await.unwrap(), 2);
    assert_eq!(listed(&test).await[1].1, "In step");
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
    another_node(&test, "b", changed.change - 1).await;
    let reach = test
        .services
        .cluster
        .wait_in_force(changed.change, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!((reach.confirmed, reach.nodes, reach.is_everywhere()), (0, 1, false));
}

/// After a crash the next server takes over at once, and new keys do not wait for the dead one.
#[tokio::test]
async fn a_new_key_does_not_wait_for_a_server_that_crashed() {
    let test = TestBackend::on_sqlite().await;
    let crashed = test.another(2).await;
    crashed.cluster.load_index().await.unwrap();
    crashed.cluster.join().await.unwrap();
    drop(crashed);
    serve(&test.services).await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
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
