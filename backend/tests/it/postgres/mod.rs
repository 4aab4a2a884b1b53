//! What only PostgreSQL has: several processes that write at the same time, connections that break, and an order of texts that
//! its databases choose. Without a PostgreSQL server there is nothing to test here.

mod connections;
mod proxy;
mod restore;
mod schema;
mod tls;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use backend::Services;
use backend::audit::Actor;
use tokio::time::{Instant, sleep};

use crate::common::TestBackend;

/// A backend on PostgreSQL; `None` where the tests run on SQLite.
async fn on_postgres() -> Option<TestBackend> {
    if crate::common::database::on_postgres() {
        Some(TestBackend::new().await)
    } else {
        None
    }
}

/// Waits until a node has applied a change.
async fn applied(services: &Arc<Services>, change: i64, patience: Duration) -> bool {
    let mut changes = services.cluster.watch_changes();
    let wait = changes.wait_for(|applied| *applied >= change);
    tokio::time::timeout(patience, wait).await.is_ok()
}

/// Waits until something holds.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn by() -> Actor {
    Actor::command_line()
}
