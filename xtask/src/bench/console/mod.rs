//! Measures a gateway beside a console at full load: a Viewer makes the most expensive requests, from many connections.

mod gateway;
mod promises;
mod viewer;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};

use super::Outcome;
use super::numbers::Spread;
use super::server::Server;
use super::verifier::tokens;
use crate::report::Report;

/// Enough keys that searching a list is work, and few enough that making them is quick.
pub(crate) const KEYS: u32 = 5_000;
pub(crate) const MIN_KEYS: u32 = 100;
/// Connections of the Viewer.
const CONNECTIONS: usize = 16;
/// The time of each of the two measurements.
const SECONDS: u32 = 15;
/// When memory is measured again after the load.
const SETTLE_TIME: Duration = Duration::from_secs(30);

/// The answers that the gateway got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits {
    /// Milliseconds, with the lowest and the highest of the single seconds.
    pub(crate) p50: Spread,
    pub(crate) p99: Spread,
    pub(crate) requests: usize,
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident {
    pub(crate) before: u64,
    /// The highest value.
    pub(crate) peak: u64,
    pub(crate) afterwards: u64,
}

#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) idle: Waits,
    pub(crate) busy: Waits,
    pub(crate) resident: Resident,
    pub(crate) done: viewer::Done,
}

pub(crate) fn measure(program: &Path, keys: u32, report: &Report) -> Result<Outcome> {
    let (server, token) = report.step("Starting a server with a Viewer", "", || start(program, keys))?;
    let idle = report.step("Measuring a gateway beside an idle console", "", || {
        gateway::ask(server.running.host(), &token, SECONDS)
    })?;
    let before = server.running.resident()?;
    let (busy, done) = report.step("Measuring it beside a busy one", "", || beside_load(&server, &token))?;
    let resident = report.step("Waiting for memory to be given back", "half a minute", || {
        thread::sleep(SETTLE_TIME);
        Ok(Resident {
            before,
            peak: server.running.memory().map_or(0, |memory| memory.peak),
            afterwards: server.running.resident()?,
        })
    })?;
    let measured = Measured {
        idle,
        busy,
        resident,
        done,
    };
    Ok(Outcome {
        tables: promises::tables(&measured),
        broken: promises::broken(&measured),
    })
}

fn start(program: &Path, keys: u32) -> Result<(Server, String)> {
    let made = tokens::make(program, keys)?;
    let token = made.tokens.first().cloned();
    let server = made.data.serve_and_log_in_viewer()?;
    Ok((server, token.ok_or_else(|| anyhow!("no key was made"))?))
}

/// Measures the gateway while the load is there.
fn beside_load(server: &Server, token: &str) -> Result<(Waits, viewer::Done)> {
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|index| scope.spawn(move || viewer::work(server, index, over)))
            .collect();
        // The first requests only fill caches.
        thread::sleep(Duration::from_secs(2));
        let waits = gateway::ask(server.running.host(), token, SECONDS);
        over.store(true, Ordering::Relaxed);
        let mut all = viewer::Done::default();
        for client in clients {
            all += client.join().map_err(|_| anyhow!("a client of the console failed"))??;
        }
        ensure!(all.answered > 0, "the console answered nothing");
        Ok((waits?, all))
    })
}
