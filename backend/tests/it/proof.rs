//! The proof of a change: on which nodes it is in force, since when, and until when others could answer without it.

use std::time::Duration;

use crate::common::{TestBackend, as_role, code, create, new_key, serve};
use crate::nodes::{acknowledge, another_node, database_now};
use backend::audit::Actor;
use backend::keys::NewKeyWithToken;
use backend::{Error, Services, Settings};
use model::endpoint::Grant;
use model::proof::{ChangeEffect, NodeState, Proof};
use model::role::Role;
use model::time::{DAY, HOUR, MINUTE, SECOND};
use model::verify::Code;
use sea_orm::ConnectionTrait;

async fn proof(services: &Services, change: i64) -> Proof {
    services.cluster.proof(&Actor::command_line(), change).await.unwrap()
}

async fn disable(services: &Services, key: &NewKeyWithToken) -> i64 {
    let disabled = services.keys.disable(&Actor::command_line(), &key.id).await;
    disabled.unwrap().change
}

/// How many nodes have it in force, how many could answer, and how long it took until it was in force.
fn counted(test: &TestBackend, proof: &Proof) -> (usize, usize, Option<i64>) {
    let (known, all) = proof.count(database_now(test));
    (known, all, proof.took())
}

#[tokio::test]
async fn a_change_is_in_force_here_as_soon_as_it_is_answered() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = disable(&test.services, &key).await;
    let found = proof(&test.services, change).await;
    assert_eq!(counted(&test, &found), (1, 1, Some(0)));
    assert!(found.in_force);
    assert_eq!((found.change, found.at), (change, database_now(&test)));
    let shown = test
        .services
        .cluster
        .shown_proof(&as_role(Role::Viewer), change, ChangeEffect::Refused)
        .await
        .unwrap();
    assert_eq!(
        (shown.text.as_str(), shown.settled),
        ("Refused on 1 of 1 node after 0 ms.", true)
    );
    let unknown = test.services.cluster.proof(&Actor::command_line(), change + 1).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

#[tokio::test]
async fn a_change_is_in_force_once_the_last_of_three_servers_refuses_the_key() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    // No node of this test follows the changes of the other nodes.
    let (second, third) = (test.another(2).await, test.another(3).await);
    for services in [&*test.services, &second, &third] {
        services.cluster.join().await.unwrap();
        services.cluster.load_index().await.unwrap();
        services.cluster.join().await.unwrap();
    }
    let change = disable(&test.services, &key).await;
    assert_eq!(code(&second, &key.token, "chat"), Code::Valid);
    assert_eq!(counted(&test, &proof(&test.services, change).await), (1, 3, None));

    for (server, after) in [(&second, 40), (&third, 172)] {
        test.clock.advance(after);
        server.cluster.load_index().await.unwrap();
        assert_eq!(code(server, &key.token, "chat"), Code::Inactive);
        assert!(!proof(&test.services, change).await.in_force, "it has not told yet");
        // What counts is when it was applied, not when the others heard of that.
        test.clock.advance(10);
        server.cluster.join().await.unwrap();
    }
    test.clock.advance(5);
    // A server that is asked for the proof says the same as each other one, and as the command line.
    let command_line = test.another(4).await;
    for services in [&*test.services, &second, &third, &command_line] {
        test.services.cluster.join().await.unwrap();
        let found = proof(services, change).await;
        assert_eq!(counted(&test, &found), (3, 3, Some(40 + 10 + 172)));
        let sentence = found.sentence(ChangeEffect::Refused, database_now(&test), None);
        assert_eq!(sentence, "refused on 3 of 3 nodes after 222 ms");
    }
}

#[tokio::test]
async fn a_silent_node_counts_for_as_long_as_it_could_answer_from_memory() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    another_node(&test, "node-c", 0).await;
    let heard = database_now(&test);
    test.clock.advance(SECOND);
    let change = disable(&test.services, &key).await;
    let shown = async || {
        let shown = test
            .services
            .cluster
            .shown_proof(&Actor::command_line(), change, ChangeEffect::Refused)
            .await
            .unwrap();
        (shown.text, shown.settled)
    };
    test.clock.advance(4 * SECOND);
    assert_eq!(shown().await, ("Refused on 1 of 2 nodes so far.".to_owned(), false));
    test.clock.advance(1);
    let end = heard.plus(5 * MINUTE);
    let silent = format!(
        "Refused on 1 of 2 nodes; node-c refuses at {} at the latest.",
        end.clock()
    );
    assert_eq!(shown().await, (silent.clone(), false));
    test.clock.advance(end.since(database_now(&test)) - 1);
    assert_eq!(shown().await, (silent, false));
    let found = proof(&test.services, change).await;
    let node = found.nodes.iter().find(|node| node.name == "node-c").unwrap();
    let missing = NodeState::Missing {
        last_heard_at: heard,
        refuses_at: end,
    };
    assert_eq!(node.state, missing);

    test.clock.advance(1);
    assert_eq!(
        shown().await,
        ("Refused on 1 of 1 node after 4 min 59 s.".to_owned(), true),
        "by now the silent node refuses every key"
    );
    // The next change has not to wait for it.
    test.services
        .keys
        .enable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let next = disable(&test.services, &key).await;
    assert_eq!(counted(&test, &proof(&test.services, next).await), (1, 1, Some(0)));
}

#[tokio::test]
async fn a_silent_node_counts_by_its_own_stale_limit() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let settings = Settings {
        stale_limit: HOUR,
        ..Settings::default()
    };
    let other = test.another_with(2, settings).await;
    other.cluster.load_index().await.unwrap();
    other.cluster.join().await.unwrap();
    let change = disable(&test.services, &key).await;
    test.clock.advance(HOUR - 1);
    assert!(!proof(&test.services, change).await.in_force);
    test.clock.advance(1);
    assert!(proof(&test.services, change).await.in_force);
}

#[tokio::test]
async fn a_silent_node_that_had_applied_the_change_delays_no_proof() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = disable(&test.services, &key).await;
    acknowledge(&test, "b", change + 3, database_now(&test).plus(80)).await;
    test.clock.advance(MINUTE);
    assert_eq!(counted(&test, &proof(&test.services, change).await), (2, 2, Some(80)));
}

#[tokio::test]
async fn a_node_that_stopped_is_not_waited_for() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    other.cluster.join().await.unwrap();
    let change = disable(&test.services, &key).await;
    test.clock.advance(70);
    assert_eq!(counted(&test, &proof(&test.services, change).await), (1, 2, None));
    other.cluster.leave().await.unwrap();
    // Until it stopped, it could answer without the change.
    assert_eq!(counted(&test, &proof(&test.services, change).await), (1, 1, Some(70)));
    test.clock.advance(DAY);
    assert_eq!(counted(&test, &proof(&test.services, change).await), (1, 1, Some(70)));
}

/// Over a SQLite file, it is known when the process of a node is dead.
#[tokio::test]
async fn a_server_that_was_killed_does_not_delay_the_proofs_of_its_successor() {
    let test = TestBackend::on_sqlite().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let killed = test.another(2).await;
    killed.cluster.load_index().await.unwrap();
    killed.cluster.join().await.unwrap();
    let change = disable(&test.services, &key).await;
    assert_eq!(counted(&test, &proof(&test.services, change).await), (0, 1, None));
    drop(killed);
    test.clock.advance(30);
    // The command line finds that out, too, before another server starts.
    let found = proof(&test.services, change).await;
    assert_eq!(counted(&test, &found), (0, 0, Some(30)));
    assert_eq!(found.sentence(ChangeEffect::Refused, database_now(&test), None), "");
    test.clock.advance(SECOND);
    serve(&test.services).await;
    test.services
        .keys
        .enable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let next = disable(&test.services, &key).await;
    assert_eq!(counted(&test, &proof(&test.services, next).await), (1, 1, Some(0)));
    assert_eq!(
        counted(&test, &proof(&test.services, change).await),
        (1, 1, Some(30)),
        "it is remembered since when the dead one was known to be dead"
    );
}

#[tokio::test]
async fn a_node_that_joined_after_the_change_loaded_it_and_delays_nothing() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = disable(&test.services, &key).await;
    test.clock.advance(MINUTE);
    let joined = test.another(2).await;
    joined.cluster.join().await.unwrap();
    assert!(
        !proof(&test.services, change).await.in_force,
        "what a node will load is unknown while it loads"
    );
    test.clock.advance(SECOND);
    joined.cluster.load_index().await.unwrap();
    joined.cluster.join().await.unwrap();
    let found = proof(&test.services, change).await;
    assert_eq!(counted(&test, &found), (2, 2, Some(0)));
    let applied_at = |state: NodeState| match state {
        NodeState::InForce { applied_at, .. } => applied_at,
        NodeState::Missing { .. } => None,
    };
    let latest = found.nodes.iter().map(|node| applied_at(node.state)).max().flatten();
    assert_eq!(latest, Some(database_now(&test)), "when it had loaded its snapshot");
}

#[tokio::test]
async fn the_clock_of_a_node_does_not_matter() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let start = database_now(&test);
    for jump in [HOUR, -2 * HOUR] {
        test.clock.set_forward(jump);
        test.services.cluster.join().await.unwrap();
        let change = disable(&test.services, &key).await;
        test.clock.advance(10);
        let found = proof(&test.services, change).await;
        assert_eq!(counted(&test, &found), (1, 1, Some(0)));
        assert!(found.at.since(start) < SECOND, "{found:?}");
        test.services
            .keys
            .enable(&Actor::command_line(), &key.id)
            .await
            .unwrap();
    }
}

/// The clock of the database is set, and another node has not written its heartbeat since.
#[tokio::test]
async fn a_step_of_the_databases_clock_makes_no_node_silent() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    another_node(&test, "b", 0).await;
    let change = disable(&test.services, &key).await;
    test.clock.set_database_forward(HOUR);
    for _ in 0..3 {
        test.services.cluster.join().await.unwrap();
        assert!(!proof(&test.services, change).await.in_force);
        test.clock.advance(SECOND);
    }
    // By now, every living node has written a heartbeat by the new time.
    another_node(&test, "b", change).await;
    test.services.cluster.join().await.unwrap();
    let found = proof(&test.services, change).await;
    assert_eq!((found.in_force, found.nodes.len()), (true, 2));
}

#[tokio::test]
async fn the_command_line_proves_what_a_server_has_applied() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command_line = test.another(2).await;
    let change = disable(&command_line, &key).await;
    let by = Actor::command_line();
    let (found, _) = command_line
        .cluster
        .wait_until_proven(&by, change, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(found.in_force, "{found:?}");
    assert_eq!(counted(&test, &found), (1, 1, Some(0)));
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Inactive);

    another_node(&test, "b", change).await;
    let next = command_line.keys.enable(&by, &key.id).await.unwrap().change;
    let (found, now) = command_line
        .cluster
        .wait_until_proven(&by, next, Duration::from_millis(300))
        .await
        .unwrap();
    assert!(!found.in_force);
    assert_eq!(found.missing(now).count(), 1);
}

#[tokio::test]
async fn many_changes_at_once_are_acknowledged_together() {
    // Without the tasks of a server, which would announce changes meanwhile.
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    test.services.cluster.join().await.unwrap();
    let by = Actor::command_line();
    let first = disable(&test.services, &key).await;
    for _ in 0..10 {
        test.services.keys.enable(&by, &key.id).await.unwrap();
        disable(&test.services, &key).await;
    }
    test.services.cluster.join().await.unwrap();
    for change in first..first + 20 {
        let found = proof(&test.services, change).await;
        assert_eq!(counted(&test, &found), (1, 1, Some(0)), "change {change}");
    }
    let db = test.connect_directly().await;
    let count = "SELECT count(*) FROM node_acknowledgements";
    let count = sea_orm::Statement::from_string(db.get_database_backend(), count);
    let row = db.query_one_raw(count).await.unwrap().unwrap();
    let rows: i64 = row.try_get_by_index(0).unwrap();
    assert!(rows <= 2, "{rows}");
}

#[tokio::test]
async fn an_old_version_that_acknowledges_nothing_counts_by_its_heartbeat() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = disable(&test.services, &key).await;
    test.clock.advance(400);
    let now = database_now(&test);
    let sql = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number)
         VALUES ('node_old0000000', 'old', 0, {}, {change})",
        now.0
    );
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
    assert_eq!(counted(&test, &proof(&test.services, change).await), (2, 2, Some(400)));
}

#[tokio::test]
async fn a_change_of_long_ago_is_in_force_without_a_time() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = disable(&test.services, &key).await;
    test.services.cluster.join().await.unwrap();
    test.clock.advance(30 * DAY);
    test.services.cluster.tidy_nodes().await.unwrap();
    let found = proof(&test.services, change).await;
    assert_eq!((found.in_force, found.in_force_at), (true, None));
    let joined = test.another(2).await;
    joined.cluster.join().await.unwrap();
    joined.cluster.load_index().await.unwrap();
    let found = proof(&joined, change).await;
    assert_eq!(
        (found.in_force, found.in_force_at),
        (true, None),
        "the newcomer does not know either"
    );
}

#[tokio::test]
async fn the_history_of_a_key_says_on_how_many_nodes_each_change_is_in_force() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let told = async || {
        let history = test.details(&key.id).await.history.unwrap();
        let proofs = history.into_iter().map(|event| event.proof);
        proofs.filter(|proof| !proof.is_empty()).collect::<Vec<_>>()
    };
    assert!(told().await.is_empty());
    disable(&test.services, &key).await;
    test.services
        .keys
        .enable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(
        told().await,
        [
            "Accepted on 1 of 1 node after 0 ms.",
            "Refused on 1 of 1 node after 0 ms."
        ]
    );
    another_node(&test, "b", 0).await;
    disable(&test.services, &key).await;
    assert_eq!(told().await[0], "Refused on 1 of 2 nodes so far.");
}
