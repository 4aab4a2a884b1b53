//! Sets the clock of one node forth and back by an hour, with libfaketime.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scenario;
use super::trial::{Trial, new_nodes};
use crate::nodes::database::Engine;
use crate::setup::faketime;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "clock",
    title: "a node's clock is set forth, and back, by an hour",
    // With SQLite, all nodes are on one machine and have its clock.
    engines: &[Engine::Postgres],
    run,
};
const NODE: usize = 1;
const CLOCKS: [&str; 4] = ["+3600", "-3600", "+3600", "-3600"];
const BEFORE: Duration = Duration::from_secs(1);
const WRONG: Duration = Duration::from_secs(8);

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let library = faketime::ensure("set the clock of a node")?;
    let mut nodes = new_nodes(engine, program)?;
    let file = nodes.file("clock");
    fs::write(&file, "+0")?;
    nodes.node_mut(NODE).variables.extend([
        ("LD_PRELOAD", library.into()),
        ("FAKETIME_TIMESTAMP_FILE", file.clone().into()),
        ("FAKETIME_NO_CACHE", "1".into()),
        // The clock that only runs, by which the node checks its stale limit, cannot be set.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("DONT_FAKE_MONOTONIC", "1".into()),
    ]);
    let mut trial = Trial::start(nodes)?;
    trial.clock_was_wrong = true;
    for clock in CLOCKS {
        thread::sleep(BEFORE);
        fs::write(&file, clock)?;
        thread::sleep(WRONG);
        fs::write(&file, "+0")?;
        trial.fault_ended(Instant::now())?;
    }
    Ok(trial)
}
