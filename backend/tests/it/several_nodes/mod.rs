//! Any node serves everything: what happens on one node holds on another.

mod accounts;
mod changes;
mod guessing;
mod lost_changes;

use std::sync::Arc;

use backend::Services;

use crate::common::{TestBackend, serve};

/// A node that serves, and another one.
async fn two_nodes() -> (TestBackend, Arc<Services>) {
    let test = TestBackend::serving().await;
    let other = Arc::new(test.another(2).await);
    serve(&other).await;
    (test, other)
}
