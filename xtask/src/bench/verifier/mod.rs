//! Measures the verifier under load, with few keys and with many, and compares it with the floor: the same stack with constant
//! answers.

mod flood;
mod floor;
pub(crate) mod load;
mod one_thread;
pub(crate) mod promises;
pub(crate) mod question;
pub(crate) mod rows;
pub(crate) mod stream;
pub(crate) mod tables;
pub(crate) mod tokens;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use self::flood::Flood;
use self::one_thread::OneThread;
use self::question::Question;
use self::rows::{Place, Row};
use self::stream::Run;
use self::tokens::{Made, Rotation};
use super::Outcome;
use super::numbers::grouped;
use super::process::Memory;
use super::server::{Data, Server};
use crate::report::Report;
use crate::setup::wrk;

/// The extent of the measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    /// The two numbers of keys.
    pub(crate) keys: [u32; 2],
    /// The seconds for each row. A round takes one second.
    pub(crate) seconds: u32,
}

pub(crate) const SIZE: Size = Size {
    keys: [10_000, 1_000_000],
    seconds: 15,
};
pub(crate) const MIN_KEYS: u32 = 100;
/// Connections, enough to keep the server busy all the time.
pub(crate) const CONNECTIONS: u64 = 16;
/// Tokens in a flood, so many that memory kept for each would show.
const FLOOD: usize = 100_000;
/// The time after which a server has stored all uses.
pub(crate) const FLUSH_TIME: Duration = Duration::from_secs(10);

/// The measurements that are made once for each number of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) keys: u32,
    pub(crate) made_in: Duration,
    pub(crate) ready_after: Duration,
    pub(crate) memory: Memory,
}

/// All measurements.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) questions: Vec<Rows>,
    pub(crate) one_thread: Vec<OneThread>,
    pub(crate) floods: Vec<Flood>,
    /// With few keys and with many.
    pub(crate) facts: [Facts; 2],
}

/// The rows of one kind of request.
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

pub(crate) fn measure(program: &Path, floor: &Path, size: Size, report: &Report) -> Result<Outcome> {
    report.step("Setting up wrk", "", wrk::ensure)?;
    let made = report.step("Making keys for the verifier", "1,000,000 take a minute or two", || {
        let [few, many] = size.keys;
        Ok([
            tokens::make(program, few)?,
            tokens::make(program, few)?,
            tokens::make(program, many)?,
        ])
    })?;
    let [single, few, many] = report.step("Starting the servers", "", || {
        let [single, few, many] = made;
        Ok([
            Loaded::start(single, Data::serve_on_one_thread)?,
            Loaded::start(few, Data::serve)?,
            Loaded::start(many, Data::serve)?,
        ])
    })?;
    let script = few.server.file("load.lua");
    fs::write(&script, load::SCRIPT).context("the script for wrk cannot be written")?;
    let all_rounds = Run {
        script: &script,
        connections: CONNECTIONS,
        round: 0,
        rounds: size.seconds,
    };
    let one_thread = report.step("Measuring the verifier with one thread", "2 minutes", || {
        let measure = |question| one_thread::measure(question, floor, &single, all_rounds);
        Question::BOTH.into_iter().map(measure).collect::<Result<Vec<_>>>()
    })?;
    drop(single);
    let in_turns = report.step("Measuring the verifier", "2 minutes", || {
        let measure = |question| in_turns(question, floor, [&few, &many], all_rounds);
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
    // Measured last, since storing the uses of so many keys takes minutes.
    let all = report.step("Measuring with all keys in rotation", "half a minute", || {
        let measure = |question| with_all(question, &many, all_rounds);
        Question::BOTH.into_iter().map(measure).collect::<Result<Vec<_>>>()
    })?;
    let questions = in_turns.into_iter().zip(all);
    let measured = Measured {
        questions: questions
            .map(|([floor, few, many], all)| Rows { floor, few, many, all })
            .collect(),
        one_thread,
        floods,
        facts: [few.facts()?, many.facts()?],
    };
    Ok(Outcome {
        tables: tables::all(&measured),
        broken: promises::broken(&measured),
    })
}

/// Measures the floor, few keys, and many keys with only as few in rotation.
fn in_turns(question: Question, floor: &Path, [few, many]: [&Loaded; 2], all_rounds: Run) -> Result<[Row; 3]> {
    let rotated = few.keys.min(many.keys) as usize;
    let some_of = |loaded: &Loaded| Rotation::new(loaded.server.file("rotation"), &loaded.tokens, rotated);
    let (of_few, of_many) = (some_of(few)?, some_of(many)?);
    let place = |what, running, rotation| Place {
        what,
        running,
        rotation,
    };
    let in_rotation = format!("{}, {} of them in rotation", many.in_words(), grouped(rotated as u64));
    let few_keys = few.in_words();
    let floor = floor::start(floor, &few.server, &of_few.some)?;
    let places = [
        place("floor", &floor, &of_few),
        place(&few_keys, &few.server.running, &of_few),
        place(&in_rotation, &many.server.running, &of_many),
    ];
    let rows = rows::in_turns(&places, question, all_rounds)?;
    let_it_store();
    rows.try_into().map_err(|_| anyhow!("a row is missing"))
}

/// Measures many keys with all of them in rotation.
fn with_all(question: Question, many: &Loaded, all_rounds: Run) -> Result<Row> {
    let rotation = Rotation::new(many.server.file("all"), &many.tokens, many.tokens.len())?;
    let place = Place {
        what: &format!("{}, all in rotation", many.in_words()),
        running: &many.server.running,
        rotation: &rotation,
    };
    let mut rows = rows::in_turns(&[place], question, all_rounds)?;
    rows.pop().context("a row is missing")
}

/// Waits until the uses are stored. Storing takes time and memory, and would disturb the next measurement.
fn let_it_store() {
    std::thread::sleep(FLUSH_TIME);
}

impl Loaded {
    fn start(made: Made, serve: impl FnOnce(Data) -> Result<Server>) -> Result<Loaded> {
        Ok(Loaded {
            keys: u32::try_from(made.tokens.len())?,
            server: serve(made.data)?,
            tokens: made.tokens,
            made_in: made.took,
        })
    }

    fn in_words(&self) -> String {
        format!("{} keys", grouped(self.keys.into()))
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
