//! Measures what customers and metadata cost the verifier: in processor time for a request, and in memory with very many keys.

mod keys;
mod promises;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use super::Outcome;
use super::process::Memory;
use super::server::{Data, Server};
use super::verifier::question::Question;
use super::verifier::rows::{Place, Row, in_turns};
use super::verifier::stream::Run;
use super::verifier::tokens::{self, Made, Rotation};
use super::verifier::{CONNECTIONS, FLUSH_TIME, load};
use crate::report::Report;
use crate::setup::wrk;

/// The number of keys whose memory is measured.
pub(crate) const KEYS: u32 = 1_000_000;
pub(crate) const MIN_KEYS: u32 = 10_000;
/// Keys of the two servers that are compared.
const COMPARED: u32 = 10_000;
/// Rounds of a second for each row.
const ROUNDS: u32 = 15;

#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) compared: Vec<Compared>,
    pub(crate) many: Many,
}

/// The same request about keys of nobody, and about keys with customers and metadata.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) without: Row,
    pub(crate) with: Row,
}

/// A server with very many keys of customers.
#[derive(Debug)]
pub(crate) struct Many {
    pub(crate) keys: u32,
    pub(crate) customers: u32,
    pub(crate) made_in: Duration,
    pub(crate) ready_after: Duration,
    /// When it was ready.
    pub(crate) at_first: Memory,
    /// Under load, with all keys in rotation.
    pub(crate) rows: Vec<Row>,
}

pub(crate) fn measure(program: &Path, size: u32, report: &Report) -> Result<Outcome> {
    report.step("Setting up wrk", "", wrk::ensure)?;
    let compared = report.step("Measuring customers and metadata", "2 minutes", || compare(program))?;
    let made = report.step("Importing keys of customers", "1,000,000 take minutes", || {
        keys::import(program, size)
    })?;
    let many = report.step("Measuring a server with all of them", "half a minute", || {
        measure_many(made, size)
    })?;
    let measured = Measured { compared, many };
    Ok(Outcome {
        tables: promises::tables(&measured),
        broken: promises::broken(&measured),
    })
}

fn compare(program: &Path) -> Result<Vec<Compared>> {
    let without = tokens::make(program, COMPARED)?;
    let with = keys::make(program, COMPARED)?;
    let (without_tokens, with_tokens) = (without.tokens, with.tokens);
    let servers = [Data::serve(without.data)?, Data::serve(with.data)?];
    let [without, with] = &servers;
    let script = script(without)?;
    let without_rotation = Rotation::new(without.file("rotation"), &without_tokens, without_tokens.len())?;
    let with_rotation = Rotation::new(with.file("rotation"), &with_tokens, with_tokens.len())?;
    let places = [
        Place {
            what: "no customer, no metadata",
            running: &without.running,
            rotation: &without_rotation,
        },
        Place {
            what: "customer and metadata",
            running: &with.running,
            rotation: &with_rotation,
        },
    ];
    let measure = |question| {
        let rows = in_turns(&places, question, run(&script))?;
        // Storing the uses would disturb the next measurement.
        std::thread::sleep(FLUSH_TIME);
        let [without, with] = rows.try_into().map_err(|_| anyhow!("a row is missing"))?;
        Ok(Compared { without, with })
    };
    Question::BOTH.into_iter().map(measure).collect()
}

fn measure_many(made: Made, keys: u32) -> Result<Many> {
    let Made { data, tokens, took } = made;
    let server = data.serve()?;
    let memory = server.running.memory();
    let at_first = memory.context("the system does not say how much memory the server takes")?;
    let script = script(&server)?;
    let rotation = Rotation::new(server.file("all"), &tokens, tokens.len())?;
    let place = Place {
        what: "all keys in rotation",
        running: &server.running,
        rotation: &rotation,
    };
    let measure = |question| {
        let mut rows = in_turns(&[place], question, run(&script))?;
        rows.pop().context("a row is missing")
    };
    Ok(Many {
        keys,
        customers: keys / keys::KEYS_OF_A_CUSTOMER,
        made_in: took,
        ready_after: server.running.ready_after,
        at_first,
        rows: Question::BOTH.into_iter().map(measure).collect::<Result<_>>()?,
    })
}

fn run(script: &Path) -> Run<'_> {
    Run {
        script,
        connections: CONNECTIONS,
        round: 0,
        rounds: ROUNDS,
    }
}

fn script(server: &Server) -> Result<std::path::PathBuf> {
    let script = server.file("load.lua");
    fs::write(&script, load::SCRIPT).context("the script for wrk cannot be written")?;
    Ok(script)
}
