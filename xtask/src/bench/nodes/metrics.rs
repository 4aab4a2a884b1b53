//! Measures the processor time of verify on two nodes: one that serves metrics, which are read once a second, and one that does not.

use std::ffi::OsString;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use ureq::Agent;

use crate::bench::numbers::Spread;
use crate::bench::process::{Running, agent, free_address};
use crate::bench::verifier::load::SCRIPT;
use crate::bench::verifier::question::Question;
use crate::bench::verifier::stream::{Cost, Expected, Run, Stream, run};
use crate::bench::verifier::tokens::Rotation;
use crate::nodes::Nodes;

/// The node that serves metrics, and one that does not.
pub(super) const NODE: usize = 1;
const OTHER: usize = 0;
const VARIABLE: &str = "LATCHKEY_METRICS_ADDR";
const CONNECTIONS: u64 = 16;
/// Rounds of a second for each of the two.
const ROUNDS: u32 = 15;

/// The variable that makes a node serve metrics.
pub(super) fn variable() -> Result<(&'static str, OsString)> {
    Ok((VARIABLE, free_address()?.into()))
}

/// Microseconds per request, without metrics and with them.
pub(super) fn measure(nodes: &Nodes, tokens: &[String]) -> Result<[Spread; 2]> {
    let script = nodes.file("load.lua");
    fs::write(&script, SCRIPT).context("the script for wrk cannot be written")?;
    let rotation = Rotation::new(nodes.file("rotation"), tokens, tokens.len())?;
    let address = nodes.node(NODE).variables.iter().find(|(name, _)| *name == VARIABLE);
    let (_, address) = address.context("no node serves metrics")?;
    let metrics = format!("http://{}/metrics", address.display());
    let running = |node: usize| nodes.node(node).running.as_ref().context("a node does not run");
    let places = [running(OTHER)?, running(NODE)?];
    let agent = agent();
    let all_rounds = Run {
        script: &script,
        connections: CONNECTIONS,
        round: 0,
        rounds: ROUNDS,
    };
    let measure = |running: &Running, round: Run| -> Result<Cost> {
        let stream = Stream {
            running,
            question: Question::Verify,
            rotation: &rotation,
            expected: Expected::Allowed,
        };
        Ok(run([stream], round)?.1)
    };
    // The first round of either does not count.
    for place in places {
        measure(place, all_rounds)?;
    }
    let mut costs = [Vec::new(), Vec::new()];
    for round in all_rounds.rounds() {
        for (place, costs) in places.into_iter().zip(&mut costs) {
            read(&agent, &metrics)?;
            costs.push(measure(place, round)?);
        }
    }
    Ok(costs.map(|costs| Cost::of_a_request(&costs)))
}

fn read(agent: &Agent, url: &str) -> Result<()> {
    let answer = agent.get(url).call().context("a node does not serve its metrics")?;
    let text = answer.into_body().read_to_string().context("metrics are text")?;
    ensure!(text.contains("latchkey_"), "these are no metrics: {text}");
    Ok(())
}
