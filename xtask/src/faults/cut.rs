//! Cuts a node off from PostgreSQL for longer than it may answer from memory.

mod proxy;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use self::proxy::Mode;
pub(super) use self::proxy::Proxy;
use super::Scenario;
use super::trial::{STALE_LIMIT, Trial, new_nodes};
use crate::nodes::database::Engine;
use crate::nodes::postgres::Postgres;
use crate::nodes::wire::Connection;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "cut",
    title: "a node is cut off from PostgreSQL: refused, reset, and silently dropped",
    engines: &[Engine::Postgres],
    run,
};
/// The node behind the proxy.
const CUT: usize = 2;
/// How often each kind of cut is tried.
const ROUNDS: u32 = 2;
const BEFORE: Duration = Duration::from_secs(1);
/// How much longer than its stale limit the node is cut off.
const LONGER: Duration = Duration::from_secs(3);

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mut nodes = new_nodes(engine, program)?;
    let server = nodes.database.postgres()?;
    let proxy = Proxy::start(server.port())?;
    let url = Postgres::url(proxy.port());
    nodes
        .node_mut(CUT)
        .variables
        .push(("LATCHKEY_DATABASE_URL", url.into()));
    let mut trial = Trial::start(nodes)?;
    let token = trial.load.constant_tokens().swap_remove(0);
    for _ in 0..ROUNDS {
        for mode in [Mode::Refuse, Mode::Reset, Mode::Drop] {
            thread::sleep(BEFORE);
            proxy.set(mode);
            thread::sleep(STALE_LIMIT + LONGER);
            let answer = Connection::open(&trial.nodes.node(CUT).address)?.ask_one(&token)?;
            if !answer.is_unavailable() {
                trial.wrong.push(format!(
                    "a node that is cut off ({mode:?}) answers {} {} after its stale limit",
                    answer.status, answer.code
                ));
            }
            proxy.set(Mode::Forward);
            trial.fault_ended(Instant::now())?;
        }
    }
    // The node needs it until the last check.
    trial.proxy = Some(proxy);
    trial
        .notes
        .push(format!("cut off for {} s each time", (STALE_LIMIT + LONGER).as_secs()));
    Ok(trial)
}
