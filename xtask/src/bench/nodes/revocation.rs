//! Revocation as an outsider sees it: a key is disabled on one node, and every node is asked 500 times a second until none answers
//! VALID any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use crate::nodes::Nodes;
use crate::nodes::console::Console;
use crate::nodes::wire::Connection;

/// The time between two requests to a node.
const INTERVAL: Duration = Duration::from_millis(2);
/// The nodes are asked for so long before the key is disabled.
const BEFORE: Duration = Duration::from_millis(50);
/// And for so long after the first refusal of the last node, since a node might change its mind.
const AFTER: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(20);

/// From the answer to the disable until the last VALID on any node, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut measured: Vec<Duration>) -> Latencies {
        measured.sort_unstable();
        Latencies(measured)
    }

    /// The percentile in milliseconds. NaN if nothing was measured.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0
            .get(index)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// What the nodes were heard to answer.
struct Watch<'a> {
    address: &'a str,
    token: &'a str,
    refuses: AtomicBool,
}

/// Disables the keys of these tokens, one after the other, on each node in turn.
pub(super) fn measure(nodes: &Nodes, tokens: &[String]) -> Result<Latencies> {
    let console = nodes.log_in()?;
    let addresses = nodes.addresses();
    let trials = tokens.iter().zip(addresses.iter().cycle());
    let measured = trials.map(|(token, at)| trial(&console, &addresses, at, token));
    Ok(Latencies::new(measured.collect::<Result<_>>()?))
}

fn trial(console: &Console, addresses: &[String], at: &str, token: &str) -> Result<Duration> {
    let id = id_of(at, token)?;
    let ends = AtomicBool::new(false);
    let watches: Vec<Watch> = addresses
        .iter()
        .map(|address| Watch {
            address,
            token,
            refuses: AtomicBool::new(false),
        })
        .collect();
    thread::scope(|scope| {
        let threads: Vec<_> = watches.iter().map(|watch| scope.spawn(|| watch.run(&ends))).collect();
        thread::sleep(BEFORE);
        let disabled = console.change(at, "disable", &id).done();
        let answered = Instant::now();
        while watches.iter().any(|watch| !watch.refuses.load(Ordering::SeqCst)) && answered.elapsed() < LIMIT {
            thread::sleep(INTERVAL);
        }
        thread::sleep(AFTER);
        ends.store(true, Ordering::SeqCst);
        let mut latency = Duration::ZERO;
        for thread in threads {
            let last_valid = thread.join().map_err(|_| anyhow!("a client panicked"))??;
            latency = latency.max(last_valid.saturating_duration_since(answered));
        }
        disabled?;
        ensure!(
            answered.elapsed() < LIMIT,
            "a node has not refused a disabled key after {} s",
            LIMIT.as_secs()
        );
        Ok(latency)
    })
}

impl Watch<'_> {
    /// Asks until the end. Returns when the last VALID came.
    fn run(&self, ends: &AtomicBool) -> Result<Instant> {
        let mut connection = Connection::open(self.address)?;
        let mut last_valid = None;
        let mut next = Instant::now();
        while !ends.load(Ordering::SeqCst) {
            let is_valid = connection.ask_one(self.token)?.is_valid();
            if is_valid {
                last_valid = Some(Instant::now());
            }
            self.refuses.store(!is_valid, Ordering::SeqCst);
            next += INTERVAL;
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        last_valid.context("a key was never valid")
    }
}

/// The ID of the key that a token belongs to.
pub(super) fn id_of(address: &str, token: &str) -> Result<String> {
    let answer = Connection::open(address)?.ask_one(token)?;
    let answer: Value = serde_json::from_str(&answer.body).context("an answer is not JSON")?;
    Ok(answer["keyId"].as_str().context("a key is not known")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred() {
        let latencies = Latencies::new((1..=100).rev().map(Duration::from_millis).collect());
        let percentiles = [50, 99, 100].map(|percent| latencies.percentile(percent).round());
        assert_eq!(
            percentiles.map(|percentile| format!("{percentile}")),
            ["50", "99", "100"]
        );
        assert!(Latencies::new(Vec::new()).percentile(99).is_nan());
    }
}
