//! Measures how many keys a program creates over the management API, and whether each key whose creation was answered is still there
//! after the server was killed.

mod client;
mod promises;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use self::client::{Client, Created};
use super::Outcome;
use super::numbers::{Spread, float};
use super::server::Data;
use crate::report::Report;

/// Connections of the program, each of which sends its next request when it has its answer.
const CONNECTIONS: usize = 16;
/// Seconds that count. One second before them does not, since it opens connections and fills caches.
const SECONDS: u32 = 15;

#[derive(Debug)]
pub(crate) struct Measured {
    /// Keys whose creation was answered, for each second.
    pub(crate) per_second: Spread,
    /// Milliseconds until the answer.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// All keys whose creation was answered, until the server was killed.
    pub(crate) answered: u64,
    /// Those of them that the server no longer knew when it was started again.
    pub(crate) lost: u64,
}

pub(crate) fn measure(program: &Path, report: &Report) -> Result<Outcome> {
    let measured = report.step("Creating keys over the API", "half a minute", || create(program))?;
    Ok(Outcome {
        tables: promises::tables(&measured),
        broken: promises::broken(&measured),
    })
}

fn create(program: &Path) -> Result<Measured> {
    let data = Data::new(program)?;
    let token = data.service_account("developer")?;
    let server = data.serve()?;
    let clients: Vec<Client> = (0..CONNECTIONS)
        .map(|number| Client::new(&server.running.url, &token, number))
        .collect();
    let all = Mutex::new(Vec::new());
    let began = Instant::now();
    let data = thread::scope(|scope| {
        let running: Vec<_> = clients
            .iter()
            .map(|client| scope.spawn(|| client.create_until_it_breaks(&all)))
            .collect();
        thread::sleep(Duration::from_secs(u64::from(SECONDS) + 1));
        // Killed under load, so that some requests are between commit and answer.
        let data = server.kill();
        for client in running {
            client.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok::<_, anyhow::Error>(data)
    })?;
    let all = all.into_inner().map_err(|_| anyhow!("a client panicked"))?;
    let server = data.serve()?;
    let known = Client::new(&server.running.url, &token, 0).all_keys()?;
    let lost = all.iter().filter(|created| !known.contains(&created.id)).count();
    ensure!(
        distinct(&all) == all.len(),
        "two creations were answered with one key ID"
    );
    of(&all, began, lost)
}

fn distinct(all: &[Created]) -> usize {
    all.iter().map(|created| &created.id).collect::<BTreeSet<_>>().len()
}

fn of(all: &[Created], began: Instant, lost: usize) -> Result<Measured> {
    let mut seconds = vec![0_u64; SECONDS as usize];
    let mut waits = Vec::new();
    for created in all {
        let second = usize::try_from(created.at.duration_since(began).as_secs())?;
        if let Some(count) = second.checked_sub(1).and_then(|second| seconds.get_mut(second)) {
            *count += 1;
            waits.push(created.took.as_secs_f64() * 1000.0);
        }
    }
    waits.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied();
    Ok(Measured {
        per_second: Spread::of(seconds.into_iter().map(float)),
        p50: at(50).context("nothing was created")?,
        p99: at(99).context("nothing was created")?,
        answered: all.len() as u64,
        lost: lost as u64,
    })
}
