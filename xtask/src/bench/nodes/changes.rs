//! Measures how many changes a second the nodes make: keys are disabled and enabled.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use super::revocation::id_of;
use crate::bench::numbers::float;
use crate::nodes::Nodes;
use crate::nodes::console::Console;

/// The clients of the second measurement.
pub(super) const CLIENTS: usize = 8;
const TIME: Duration = Duration::from_secs(10);

/// Changes per second of one client and of several. Each client changes a key of its own, on one of the nodes.
pub(super) fn measure(nodes: &Nodes, tokens: &[String]) -> Result<[f64; 2]> {
    let console = nodes.log_in()?;
    let addresses = nodes.addresses();
    let keys = tokens.iter().take(CLIENTS).zip(addresses.iter().cycle());
    let keys = keys.map(|(token, address)| Ok((address.as_str(), id_of(address, token)?)));
    let keys = keys.collect::<Result<Vec<_>>>()?;
    Ok([run(&console, &keys[..1])?, run(&console, &keys)?])
}

fn run(console: &Console, keys: &[(&str, String)]) -> Result<f64> {
    let started = Instant::now();
    let counts = thread::scope(|scope| {
        let clients: Vec<_> = keys
            .iter()
            .map(|(address, id)| {
                let console = console.another();
                scope.spawn(move || change(&console, address, id, started))
            })
            .collect();
        let ended = clients
            .into_iter()
            .map(|client| client.join().map_err(|_| anyhow!("a client panicked"))?);
        ended.collect::<Result<Vec<u64>>>()
    })?;
    Ok(float(counts.iter().sum()) / started.elapsed().as_secs_f64())
}

/// Disables and enables a key until the time is over. Returns the number of changes. The key is enabled in the end.
fn change(console: &Console, address: &str, id: &str, started: Instant) -> Result<u64> {
    let mut count = 0;
    while started.elapsed() < TIME {
        for verb in ["disable", "enable"] {
            console.change(address, verb, id).done().context("a client")?;
            count += 1;
        }
    }
    Ok(count)
}
