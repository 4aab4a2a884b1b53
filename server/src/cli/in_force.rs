//! Waiting until the running servers answer by what a command did: what it says is in force is in force.

use std::time::{Duration, Instant};

use backend::Backend;
use backend::cluster::Spread;
use model::id::KeyId;
use model::status::Status;

use super::Failure;

/// How long a command waits for the running servers.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until every running server accepts the keys, so that a script can go on with them.
pub(super) async fn settle(backend: &Backend, keys: &[KeyId]) -> Result<(), Failure> {
    let start = Instant::now();
    let left = || PATIENCE.saturating_sub(start.elapsed());
    let (mut active, mut failed, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for id in keys {
        let progress = backend.settle(id, left()).await?;
        match progress.status {
            Status::Provisioning => waits.push(id),
            Status::Failed => failed.push((id, progress.reason.unwrap_or_default())),
            _ => active.push(id),
        }
    }
    // What was stored is in force where the last change is.
    let spread = backend.wait_in_force(backend.last_change().await?, left()).await?;
    let took = start.elapsed();
    if !active.is_empty() {
        let is = called(&active, "is active", "are active");
        let nodes = places(&Spread { took, ..spread });
        if spread.is_everywhere() {
            eprintln!(
                "{is}: accepted {nodes}. Only the clocks of server and database were compared: a command has no browser."
            );
        } else {
            eprintln!("{is}, and not in force everywhere yet: accepted {nodes}.");
        }
    }
    if !waits.is_empty() {
        let are = called(&waits, "is still provisioning", "are still provisioning");
        eprintln!("{are} after {} ms.", took.as_millis());
    }
    match failed.first() {
        None => Ok(()),
        Some((_, reason)) => {
            let failed: Vec<&KeyId> = failed.iter().map(|(id, _)| *id).collect();
            Err(Failure(format!("{}. {reason}", called(&failed, "failed", "failed"))))
        }
    }
}

/// `key_… is active`, `12 keys are active`
fn called(keys: &[&KeyId], one: &str, many: &str) -> String {
    match keys {
        [key] => format!("{key} {one}"),
        keys => format!("{} keys {many}", keys.len()),
    }
}

/// `on 2 of 2 nodes after 112 ms`
pub(super) fn places(spread: &Spread) -> String {
    let nodes = if spread.nodes == 1 { "node" } else { "nodes" };
    let took = spread.took.as_millis();
    format!("on {} of {} {nodes} after {took} ms", spread.confirmed, spread.nodes)
}
