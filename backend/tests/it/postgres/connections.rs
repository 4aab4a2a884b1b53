//! Connections that break, and come back.

use std::sync::Arc;
use std::time::Duration;

use backend::Services;
use model::endpoint::Grant;
use model::verify::Code;

use super::proxy::{Line, Proxy};
use super::{applied, by, eventually, on_postgres};
use crate::common::database::{execute, listens};
use crate::common::{TestBackend, code, create, new_key, serve};

/// A second node, which follows the changes through a proxy.
async fn behind_a_proxy(test: &TestBackend) -> (Arc<Services>, Proxy) {
    let proxy = Proxy::start(test.database.server_address()).await;
    let node = test.another_at(test.database.location_at(proxy.address), 2).await;
    let node = Arc::new(node);
    serve(&node).await;
    (node, proxy)
}

#[tokio::test]
async fn a_node_whose_connections_are_ended_catches_up() {
    let Some(test) = on_postgres().await else { return };
    serve(&test.services).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    eventually("the key works", async || {
        code(&test.services, &key.token, "chat") == Code::Valid
    })
    .await;
    let db = test.connect_directly().await;
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    execute(&db, end_all).await.unwrap();
    // Another process writes while this node has no connection.
    let other = test.another(3).await;
    other.keys.disable(&by(), &key.id).await.unwrap();
    eventually("the key is refused", async || {
        code(&test.services, &key.token, "chat") == Code::Inactive
    })
    .await;
    // This node writes again.
    test.services.keys.enable(&by(), &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn a_node_that_was_cut_off_in_silence_catches_up_without_a_gap() {
    let Some(test) = on_postgres().await else { return };
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let (node, proxy) = behind_a_proxy(&test).await;
    for line in [Line::Silent, Line::Closed] {
        assert_eq!(code(&node, &key.token, "chat"), Code::Valid);
        proxy.set(line);
        let mut last = 0;
        for _ in 0..3 {
            test.services.keys.disable(&by(), &key.id).await.unwrap();
            last = test.services.keys.enable(&by(), &key.id).await.unwrap().change;
        }
        let last = test
            .services
            .keys
            .disable(&by(), &key.id)
            .await
            .unwrap()
            .change
            .max(last);
        assert!(
            !applied(&node, last, Duration::from_millis(500)).await,
            "{line:?}: the line is cut"
        );
        assert_eq!(code(&node, &key.token, "chat"), Code::Valid);
        proxy.set(Line::Open);
        assert!(applied(&node, last, Duration::from_secs(15)).await, "{line:?}");
        assert_eq!(code(&node, &key.token, "chat"), Code::Inactive);
        // The node writes again, on a connection that is not the one that was cut.
        node.keys.enable(&by(), &key.id).await.unwrap();
    }
}

/// Median of the times until a change of one node is in force on another.
async fn median_reach(test: &TestBackend, node: &Arc<Services>) -> Duration {
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let mut times = Vec::new();
    for round in 0..15_u64 {
        // Not in step with the poll.
        tokio::time::sleep(Duration::from_millis(37 + round * 11 % 60)).await;
        let change = if round % 2 == 0 {
            test.services.keys.disable(&by(), &key.id).await.unwrap().change
        } else {
            test.services.keys.enable(&by(), &key.id).await.unwrap().change
        };
        let committed = tokio::time::Instant::now();
        assert!(applied(node, change, Duration::from_secs(10)).await);
        times.push(committed.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_node_that_listens_learns_of_changes_before_it_would_ask() {
    let Some(test) = on_postgres().await else { return };
    let node = Arc::new(test.another(2).await);
    serve(&node).await;
    let median = median_reach(&test, &node).await;
    if listens() {
        // By asking every 100 ms, half of the changes would take more than 50 ms.
        assert!(median < Duration::from_millis(45), "{median:?}");
    }
}
