//! Kills a node with SIGKILL, and starts it again.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scenario;
use super::trial::{Trial, new_nodes};
use crate::nodes::database::Engine;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "kill",
    title: "a node is killed (SIGKILL) and started again",
    engines: &Engine::BOTH,
    run,
};
const TIMES: u32 = 50;
/// Changes are made meanwhile, of different lengths so that the signal comes at different points of a change.
const BEFORE: Duration = Duration::from_millis(150);
const LONGER_EACH_TIME: Duration = Duration::from_millis(7);
/// How long the node is away.
const AWAY: Duration = Duration::from_millis(300);

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mut trial = Trial::start(new_nodes(engine, program)?)?;
    for number in 0..TIMES {
        let node = number as usize % trial.nodes.count();
        thread::sleep(BEFORE + LONGER_EACH_TIME * number);
        trial.nodes.kill(node);
        thread::sleep(AWAY);
        let started = Instant::now();
        trial.nodes.start_node(node)?;
        trial.fault_ended(started)?;
    }
    Ok(trial)
}
