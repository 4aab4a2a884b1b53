//! Waits until the running servers have applied the changes of a command, so that the report of the command is already true.

use std::time::{Duration, Instant};

use backend::Services;
use backend::cluster::ChangeReach;
use model::id::KeyId;
use model::status::Status;

use super::Failure;

/// How long a command waits for the running servers.
pub(super) const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Waits until every running server accepts the new keys, so that a script can use them in its next line.
pub(super) async fn wait_until_active(services: &Services, keys: &[KeyId]) -> Result<(), Failure> {
    let start = Instant::now();
    let time_left = || WAIT_LIMIT.saturating_sub(start.elapsed());
    let (mut active, mut failed, mut provisioning) = (Vec::new(), Vec::new(), Vec::new());
    for id in keys {
        let progress = services
            .keys
            .settle(&backend::Actor::command_line(), id, time_left())
            .await?;
        match progress.status {
            Status::Provisioning => provisioning.push(id),
            Status::Failed => failed.push((id, progress.reason.unwrap_or_default())),
            _ => active.push(id),
        }
    }
    // A node that has applied the last change has applied the changes of all the keys.
    let reach = services
        .cluster
        .wait_in_force(services.cluster.last_change().await?, time_left())
        .await?;
    let took = start.elapsed();
    if !active.is_empty() {
        let subject = describe_keys(&active, "is active", "are active");
        let nodes = describe_reach(&ChangeReach { took, ..reach });
        if reach.is_everywhere() {
            eprintln!(
                "{subject}: accepted {nodes}. Only the clocks of server and database were compared: a command has no browser."
            );
        } else {
            eprintln!("{subject}, but not in force everywhere yet: accepted {nodes}.");
        }
    }
    if !provisioning.is_empty() {
        let subject = describe_keys(&provisioning, "is still provisioning", "are still provisioning");
        eprintln!("{subject} after {} ms.", took.as_millis());
    }
    match failed.first() {
        None => Ok(()),
        Some((_, reason)) => {
            let failed: Vec<&KeyId> = failed.iter().map(|(id, _)| *id).collect();
            Err(Failure(format!(
                "{}. {reason}",
                describe_keys(&failed, "failed", "failed")
            )))
        }
    }
}

/// The keys in words, such as `key_… is active` or `12 keys are active`.
fn describe_keys(keys: &[&KeyId], one: &str, many: &str) -> String {
    match keys {
        [key] => format!("{key} {one}"),
        keys => format!("{} keys {many}", keys.len()),
    }
}

/// How far a change is in force, in words, such as `on 2 of 2 nodes after 112 ms`.
pub(super) fn describe_reach(reach: &ChangeReach) -> String {
    let nodes = if reach.nodes == 1 { "node" } else { "nodes" };
    let took = reach.took.as_millis();
    format!("on {} of {} {nodes} after {took} ms", reach.confirmed, reach.nodes)
}
