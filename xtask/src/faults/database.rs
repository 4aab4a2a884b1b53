//! Ends PostgreSQL at once, as a crash would, and starts it again.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Scenario;
use super::trial::{Trial, new_nodes};
use crate::nodes::database::Engine;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "database",
    title: "PostgreSQL is ended at once (SIGQUIT) and started again",
    engines: &[Engine::Postgres],
    run,
};
const TIMES: u32 = 10;
const BEFORE: Duration = Duration::from_secs(1);
/// How long the database is away at first, and how much longer each time: also longer than the nodes may answer without it.
const AWAY: Duration = Duration::from_millis(100);
const LONGER_EACH_TIME: Duration = Duration::from_millis(700);

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mut trial = Trial::start(new_nodes(engine, program)?)?;
    for number in 0..TIMES {
        thread::sleep(BEFORE);
        trial.nodes.database.postgres()?.crash()?;
        thread::sleep(AWAY + LONGER_EACH_TIME * number);
        trial.nodes.database.postgres()?.start_again()?;
        trial.fault_ended(Instant::now())?;
    }
    Ok(trial)
}
