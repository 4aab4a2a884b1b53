//! Measures three nodes on one PostgreSQL.

mod changes;
mod metrics;
mod promises;
mod revocation;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use self::revocation::Latencies;
use super::Outcome;
use super::numbers::Spread;
use crate::nodes::Nodes;
use crate::nodes::database::Database;
use crate::nodes::postgres::Postgres;
use crate::report::Report;
use crate::setup::wrk;

/// The number of keys with which a node is started.
pub(crate) const KEYS: u32 = 1_000_000;
pub(crate) const MIN_KEYS: u32 = 1_000;
/// Keys for everything else.
const FEW: usize = 10_000;
/// The number of keys that are revoked in each of the two ways.
const TRIALS: usize = 100;

#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) with_listen: Latencies,
    pub(crate) without_listen: Latencies,
    /// Changes per second of one client and of several.
    pub(crate) one_client: f64,
    pub(crate) clients: f64,
    /// Processor time per request, in microseconds.
    pub(crate) without_metrics: Spread,
    pub(crate) with_metrics: Spread,
    pub(crate) keys: u32,
    pub(crate) made_in: Duration,
    pub(crate) ready_after: Duration,
    /// In bytes.
    pub(crate) resident: u64,
}

pub(crate) fn measure(program: &Path, keys: u32, report: &Report) -> Result<Outcome> {
    let (mut nodes, tokens) = report.step("Starting three nodes on PostgreSQL", "", || {
        wrk::ensure()?;
        let mut nodes = Nodes::new(program, Database::Postgres(Postgres::start(None)?), None)?;
        let tokens = nodes.commands().create_keys(FEW, &nodes.file("tokens"))?;
        nodes.node_mut(metrics::NODE).variables.push(metrics::variable()?);
        nodes.start()?;
        Ok((nodes, tokens))
    })?;
    let (first, rest) = tokens.split_at_checked(TRIALS).context("there are too few keys")?;
    let (second, rest) = rest.split_at_checked(TRIALS).context("there are too few keys")?;
    let with_listen = report.step("Revoking keys", "2 minutes", || revocation::measure(&nodes, first))?;
    let [one_client, clients] = report.step("Changing keys", "half a minute", || changes::measure(&nodes, rest))?;
    let [without_metrics, with_metrics] =
        report.step("Measuring verify with metrics and without", "1 minute", || {
            // The keys that were changed are not asked for.
            metrics::measure(&nodes, &rest[changes::CLIENTS..])
        })?;
    let without_listen = report.step("Revoking keys without LISTEN", "2 minutes", || {
        for node in 0..nodes.count() {
            nodes.kill(node);
        }
        nodes.set("LATCHKEY_DATABASE_LISTEN", "off");
        nodes.start()?;
        revocation::measure(&nodes, second)
    })?;
    drop(nodes);
    let (made_in, ready_after, resident) = report.step("Starting a node with many keys", "5 minutes", || {
        start_with_many(program, keys)
    })?;
    let measured = Measured {
        with_listen,
        without_listen,
        one_client,
        clients,
        without_metrics,
        with_metrics,
        keys,
        made_in,
        ready_after,
        resident,
    };
    Ok(Outcome {
        tables: promises::tables(&measured),
        broken: promises::broken(&measured),
    })
}

/// How long making the keys took, how long a node took to become ready with them, and its memory then.
fn start_with_many(program: &Path, keys: u32) -> Result<(Duration, Duration, u64)> {
    let mut nodes = Nodes::new(program, Database::Postgres(Postgres::start(None)?), None)?;
    let started = Instant::now();
    nodes.commands().create_keys(keys as usize, &nodes.file("tokens"))?;
    let made_in = started.elapsed();
    nodes.start_node(0)?;
    let running = nodes.node(0).running.as_ref().context("the node does not run")?;
    Ok((made_in, running.ready_after, running.resident()?))
}
