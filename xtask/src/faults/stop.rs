//! Stops a node for longer than it may answer from memory, disables a key meanwhile, and wakes the node.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::Scenario;
use super::trial::{STALE_LIMIT, Trial, new_nodes};
use crate::nodes::console::{Console, Outcome};
use crate::nodes::database::Engine;
use crate::nodes::wire::Connection;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "stop",
    title: "a node is stopped (SIGSTOP) past its stale limit and woken",
    engines: &Engine::BOTH,
    run,
};
const TIMES: usize = 6;
/// Requests that wait in front of the stopped node.
const WAITING: usize = 20;
/// How long a change may take while a node is stopped that may hold a lock.
const CHANGE_LIMIT: Duration = Duration::from_secs(20);
const PROOF_LIMIT: Duration = Duration::from_secs(30);
/// How often SIGSTOP may hit a process that holds the lock of the SQLite file. It keeps the lock while it is stopped.
const LOCKED_LIMIT: usize = 40;

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mut trial = Trial::start(new_nodes(engine, program)?)?;
    let console = trial.nodes.log_in()?;
    let mut wrong = Vec::new();
    let mut slowest = Duration::ZERO;
    let (mut number, mut locked) = (0, 0);
    while number < TIMES {
        let stopped = number % trial.nodes.count();
        let other = trial.nodes.node((stopped + 1) % trial.nodes.count()).address.clone();
        let (id, token) = create(&console, &other, number)?;
        let (id, token) = (id.as_str(), token.as_str());
        let address = trial.nodes.node(stopped).address.clone();
        wait_until_valid(&address, token)?;
        trial.nodes.node(stopped).stop()?;
        let while_stopped = disable_and_ask(&console, (&other, &address), (id, token));
        trial.nodes.node(stopped).signal("CONT")?;
        let woken = Instant::now();
        let (waiting, proven) = while_stopped?;
        if let Some(took) = proven {
            slowest = slowest.max(took);
            number += 1;
        } else if engine == Engine::Sqlite && locked < LOCKED_LIMIT {
            locked += 1;
        } else {
            bail!("a key could not be disabled, or not with an answer, while a node was stopped");
        }
        for mut connection in waiting {
            connection.set_timeout(PROOF_LIMIT)?;
            let answer = connection.receive()?;
            if proven.is_some() && answer.is_valid() {
                wrong.push(format!(
                    "{address} was woken and answered VALID for a key that was proven to be refused everywhere"
                ));
            }
        }
        trial.fault_ended(woken)?;
    }
    trial.notes.push(format!(
        "{} requests waited in front of the stopped node; a disabled key was proven to be refused after {:.1} s at most",
        TIMES * WAITING,
        slowest.as_secs_f64()
    ));
    if locked > 0 {
        trial.notes.push(format!(
            "{locked} times more the stopped process held the lock of the file, and nothing could be changed until it was woken"
        ));
    }
    trial.wrong.extend(wrong);
    Ok(trial)
}

/// Sends requests to the stopped node, and then disables the key on the other one. Returns the connections once the key is proven
/// to be refused everywhere, and how long that took: `None` if it could not be disabled.
fn disable_and_ask(
    console: &Console,
    (other, stopped): (&str, &str),
    (id, token): (&str, &str),
) -> Result<(Vec<Connection>, Option<Duration>)> {
    let mut waiting = Vec::new();
    for _ in 0..WAITING {
        // The system accepts connections for the node.
        let mut connection = Connection::open(stopped)?;
        connection.send(&[token])?;
        waiting.push(connection);
    }
    let begin = Instant::now();
    let change = loop {
        match console.change(other, "disable", id) {
            Outcome::Done(changed) => break changed["change"].as_i64().context("a change has a number")?,
            // It may have been made without an answer.
            Outcome::Refused(_) if begin.elapsed() > STALE_LIMIT => return Ok((waiting, None)),
            _ if begin.elapsed() > CHANGE_LIMIT => return Ok((waiting, None)),
            _ => {}
        }
        thread::sleep(Duration::from_millis(100));
    };
    let disabled = Instant::now();
    while console.is_in_force(other, change) != Some(true) {
        ensure!(
            disabled.elapsed() < PROOF_LIMIT,
            "a change is not proven {} s after a node was stopped",
            PROOF_LIMIT.as_secs()
        );
        thread::sleep(Duration::from_millis(20));
    }
    Ok((waiting, Some(disabled.elapsed())))
}

/// Creates a key. Tries again where there is no answer in time.
fn create(console: &Console, address: &str, number: usize) -> Result<(String, String)> {
    let begin = Instant::now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match console.create(address, &format!("stopped-{number}-{attempt}")) {
            Outcome::Done(made) => {
                let text = |field: &str| made[field].as_str().map(str::to_owned);
                return text("id").zip(text("token")).context("a new key has an ID and a token");
            }
            outcome => ensure!(begin.elapsed() < CHANGE_LIMIT, "no key can be created: {outcome:?}"),
        }
    }
}

fn wait_until_valid(address: &str, token: &str) -> Result<()> {
    let begin = Instant::now();
    while !Connection::open(address)?.ask_one(token)?.is_valid() {
        ensure!(begin.elapsed() < PROOF_LIMIT, "a new key is not valid on {address}");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
