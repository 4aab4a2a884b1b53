//! The verifier under load, with few keys and with many, beside a floor: the same stack with constant answers.

mod flood;
mod floor;
mod load;
mod promises;
mod question;
mod rows;
mod stream;
mod tables;
mod tokens;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::flood::Flood;
use self::question::Question;
use self::rows::{Place, Row};
use self::stream::Run;
use self::tokens::{Made, Rotation};
use super::Outcome;
use super::numbers::grouped;
use super::process::Memory;
use super::server::Server;
use crate::report::Report;
use crate::setup::wrk;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    /// Few and many.
    pub(crate) keys: [u32; 2],
    /// For each row, a round each.
    pub(crate) seconds: u32,
}

pub(crate) const SIZE: Size = Size {
    keys: [10_000, 1_000_000],
    seconds: 15,
};
pub(crate) const FEWEST: u32 = 100;
/// Enough that the server always has something to do.
const CONNECTIONS: u64 = 16;
/// Tokens of an unknown flood. What a server kept of each would show.
const FLOOD: usize = 100_000;
/// A server has stored by then what was used.
const STORED_AFTER: Duration = Duration::from_secs(10);

/// What is measured once for each number of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) keys: u32,
    pub(crate) made_in: Duration,
    pub(crate) ready_after: Duration,
    pub(crate) memory: Memory,
}

/// All that was found.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) questions: Vec<Rows>,
    pub(crate) floods: Vec<Flood>,
    /// With few keys and with many.
    pub(crate) facts: [Facts; 2],
}

/// The rows of one question.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) floor: Row,
    pub(crate) few: Row,
    pub(crate) many: Row,
    /// With all of the many tokens in rotation.
    pub(crate) all: Row,
}

/// A server and the tokens of its keys.
struct Loaded {
    server: Server,
    tokens: Vec<String>,
    keys: u32,
    made_in: Duration,
}

pub(crate) fn measure(program: &Path, floor: &Path, size: Size, report: &mut Report) -> Result<Outcome> {
    report.step("Setting up wrk", "", wrk::ensure)?;
    let made = report.step("Making keys for the verifier", "1,000,000 take a minute or two", || {
        let [few, many] = size.keys;
        Ok([tokens::make(program, few)?, tokens::make(program, many)?])
    })?;
    let [few, many] = report.step("Starting the servers", "", || {
        let [few, many] = made;
        Ok([Loaded::start(few)?, Loaded::start(many)?])
    })?;
    let script = few.server.file("load.lua");
    fs::write(&script, load::SCRIPT).context("the script for wrk cannot be written")?;
    let all_rounds = Run {
        script: &script,
        connections: CONNECTIONS,
        round: 0,
        rounds: size.seconds,
    };
    let questions = report.step("Measuring the verifier", "3 minutes", || {
        let measure = |question| rows_of(question, floor, [&few, &many], all_rounds);
        Question::BOTH.into_iter().map(measure).collect::<Result<Vec<_>>>()
    })?;
    let floods = report.step("Measuring a flood of unknown tokens", "2 minutes", || {
        // The tokens of one server are unknown to the other.
        let valid = Rotation::new(few.server.file("valid"), &few.tokens, FLOOD)?;
        let unknown = Rotation::new(few.server.file("unknown"), &many.tokens, FLOOD)?;
        let running = &few.server.running;
        let measure = |question| flood::measure(running, question, [&valid, &unknown], all_rounds);
        Question::BOTH.into_iter().map(measure).collect::<Result<Vec<_>>>()
    })?;
    let measured = Measured {
        questions,
        floods,
        facts: [few.facts()?, many.facts()?],
    };
    Ok(Outcome {
        tables: tables::all(&measured),
        broken: promises::broken(&measured),
    })
}

fn rows_of(question: Question, floor: &Path, [few, many]: [&Loaded; 2], all_rounds: Run) -> Result<Rows> {
    let rotated = few.keys.min(many.keys) as usize;
    let some_of = |loaded: &Loaded| Rotation::new(loaded.server.file("rotation"), &loaded.tokens, rotated);
    let (of_few, of_many) = (some_of(few)?, some_of(many)?);
    let all_of_many = Rotation::new(many.server.file("all"), &many.tokens, many.tokens.len())?;
    let place = |what, running, rotation| Place {
        what,
        running,
        rotation,
    };
    let [few_keys, many_keys] = [few.keys, many.keys].map(|keys| format!("{} keys", grouped(keys.into())));
    let in_rotation = format!("{many_keys}, {} of them in rotation", grouped(rotated as u64));
    let all_in_rotation = format!("{many_keys}, all in rotation");
    let floor = floor::start(floor, &few.server, &of_few.some)?;
    let places = [
        place("floor", &floor, &of_few),
        place(&few_keys, &few.server.running, &of_few),
        place(&in_rotation, &many.server.running, &of_many),
    ];
    let rows = rows::in_turns(&places, question, all_rounds)?;
    let last = [place(&all_in_rotation, &many.server.running, &all_of_many)];
    let last = rows::in_turns(&last, question, all_rounds)?;
    let_it_store();
    let mut rows = rows.into_iter().chain(last);
    let mut next = || rows.next().context("a row is missing");
    Ok(Rows {
        floor: next()?,
        few: next()?,
        many: next()?,
        all: next()?,
    })
}

/// Storing what was used takes time and memory, and is not to disturb what is measured next.
fn let_it_store() {
    std::thread::sleep(STORED_AFTER);
}

impl Loaded {
    fn start(made: Made) -> Result<Loaded> {
        Ok(Loaded {
            keys: u32::try_from(made.tokens.len())?,
            server: made.data.serve()?,
            tokens: made.tokens,
            made_in: made.took,
        })
    }

    fn facts(&self) -> Result<Facts> {
        let running = &self.server.running;
        Ok(Facts {
            keys: self.keys,
            made_in: self.made_in,
            ready_after: running.ready_after,
            memory: running
                .memory()
                .context("the system does not say how much memory the server takes")?,
        })
    }
}
