//! Waits until the running servers have applied the changes of a command, so that the report of the command is already true.

use std::time::{Duration, Instant};

use backend::cluster::ChangeReach;
use backend::{Actor, Services};
use model::id::KeyId;
use model::proof::ChangeEffect;
use model::status::Status;

use super::{Failure, print};
use crate::config::milliseconds;

/// How long a command waits for the running servers.
pub(super) const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// How long a command waits for a key before it looks again whether the key has failed.
const WAIT_AGAIN: Duration = Duration::from_secs(1);

/// Waits until every running server accepts the new keys, so that a script can use them in its next line. A key that is not
/// ACTIVE after three minutes is FAILED, so this ends.
pub(super) async fn wait_until_active(services: &Services, keys: &[KeyId]) -> Result<(), Failure> {
    let start = Instant::now();
    let (mut active, mut failed) = (Vec::new(), Vec::new());
    let mut is_announced = false;
    for id in keys {
        let progress = loop {
            let patience = WAIT_LIMIT.saturating_sub(start.elapsed()).max(WAIT_AGAIN);
            let progress = services.keys.settle(&Actor::command_line(), id, patience).await?;
            if progress.status != Status::Provisioning {
                break progress;
            }
            if !is_announced {
                is_announced = true;
                let left: Vec<&KeyId> = keys[active.len() + failed.len()..].iter().collect();
                let subject = describe_keys(&left, "is still provisioning", "are still provisioning");
                let took = start.elapsed().as_millis();
                eprintln!("{subject} after {took} ms. Waiting until each is active or has failed.");
            }
        };
        match progress.status {
            Status::Failed => failed.push((id, progress.reason.unwrap_or_default())),
            _ => active.push(id),
        }
    }
    // A node that has applied the last change has applied the changes of all the keys.
    let reach = services
        .cluster
        .wait_in_force(services.cluster.last_change().await?, WAIT_LIMIT)
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

/// Waits until every running server has applied a change, and prints `what` was done, and on how many servers.
pub(super) async fn wait_in_force(
    services: &Services,
    what: &str,
    effect: ChangeEffect,
    change: i64,
) -> Result<(), Failure> {
    let reach = services.cluster.wait_in_force(change, WAIT_LIMIT).await?;
    let answered_by = format!("{} {}", effect.word(), describe_reach(&reach));
    if reach.nodes == 0 {
        return print(what);
    }
    if reach.is_everywhere() {
        return print(&format!("{what}: {answered_by}"));
    }
    print(what)?;
    eprintln!(
        "Not in force everywhere yet: {answered_by}. A node that does not hear from the database stops answering gateways \
         at its stale limit."
    );
    Ok(())
}

/// Waits until it is proven that a change is in force on every node that could answer, and prints `what` was done, and on how
/// many nodes. Answers whether it is proven.
pub(super) async fn wait_for_proof(
    services: &Services,
    what: &str,
    effect: ChangeEffect,
    change: i64,
    patience: Duration,
) -> Result<bool, Failure> {
    let (proof, now) = services
        .cluster
        .wait_until_proven(&Actor::command_line(), change, patience)
        .await?;
    let sentence = proof.sentence(effect, now, Some(milliseconds(patience)));
    if sentence.is_empty() {
        print(&format!("{what}: no node answers"))?;
    } else {
        print(&format!("{what}: {sentence}"))?;
    }
    eprintln!("`latchkey proof {change}` prints the proof.");
    Ok(proof.in_force)
}

/// How far a change is in force, in words, such as `on 2 of 2 nodes after 112 ms`.
fn describe_reach(reach: &ChangeReach) -> String {
    let nodes = if reach.nodes == 1 { "node" } else { "nodes" };
    let took = reach.took.as_millis();
    format!("on {} of {} {nodes} after {took} ms", reach.confirmed, reach.nodes)
}
