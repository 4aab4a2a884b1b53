//! The client: asks one node all the time, and compares each answer with what is proven.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Counts, Dice, Shared, Token};
use crate::nodes::wire::{Answer, Connection};

/// Requests that are sent at once.
const BATCH: usize = 16;
/// The pause between batches, which leaves processor time to the nodes.
const PAUSE: Duration = Duration::from_millis(3);
/// The pause before connecting again.
const RECONNECT: Duration = Duration::from_millis(10);
/// Of the refused tokens, the newest are asked about most.
const NEWEST: usize = 32;
const PROVISIONING_LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Constant,
    Living,
    Refused,
}

pub(super) fn ask(shared: &Shared, node: usize) {
    let mut dice = Dice::new(node);
    while !shared.stops() {
        if let Ok(mut connection) = Connection::open(&shared.addresses[node]) {
            while !shared.stops() && batch(shared, node, &mut connection, &mut dice).is_ok() {
                thread::sleep(PAUSE);
            }
        }
        thread::sleep(RECONNECT);
    }
}

fn batch(shared: &Shared, node: usize, connection: &mut Connection, dice: &mut Dice) -> std::io::Result<()> {
    let chosen = choose(shared, dice);
    let texts: Vec<&str> = chosen.iter().map(|(token, _)| token.text.as_str()).collect();
    let sent = shared.now();
    connection.ask(&texts, |index, answer| {
        if let Some((token, kind)) = chosen.get(index) {
            check(shared, node, (token, *kind), &answer, sent);
        }
    })
}

fn choose(shared: &Shared, dice: &mut Dice) -> Vec<(Arc<Token>, Kind)> {
    let tokens = shared.tokens();
    let newest = &tokens.refused[tokens.refused.len().saturating_sub(NEWEST)..];
    let kinds = [
        (&tokens.constant[..], Kind::Constant),
        (&tokens.living[..], Kind::Living),
        (newest, Kind::Refused),
        (&tokens.refused[..], Kind::Refused),
    ];
    let all = kinds.iter().cycle().take(BATCH);
    all.filter_map(|(all, kind)| Some((Arc::clone(dice.one_of(all)?), *kind)))
        .collect()
}

fn check(shared: &Shared, node: usize, (token, kind): (&Token, Kind), answer: &Answer, sent: u64) {
    let counts = &shared.counts;
    Counts::add(&counts.answers);
    if kind == Kind::Constant && answer.is_valid() {
        shared.asked[node].fetch_max(sent, Ordering::SeqCst);
    }
    if kind == Kind::Constant && !answer.is_valid() && !answer.is_unavailable() {
        Counts::add(&counts.refused_without_reason);
        shared.mistake(format!(
            "node {node} answered {} {} for a key that was never changed",
            answer.status, answer.code
        ));
    }
    // Compared with the time of sending: the answer itself may be older than its arrival.
    if kind == Kind::Refused && token.was_refused_before(sent) {
        Counts::add(&counts.answers_after_proof);
        if answer.is_valid() {
            Counts::add(&counts.valid_after_proof);
            let since = token.refused_since.load(Ordering::SeqCst);
            shared.mistake(format!(
                "node {node} answered VALID to a request sent {} ms after its key was proven to be refused everywhere: {}",
                (sent - since) / 1_000,
                answer.body
            ));
        }
    }
}

/// Waits until each node answers VALID.
pub(super) fn wait_until_valid_everywhere(addresses: &[String], token: &str) -> Result<()> {
    for address in addresses {
        let begin = Instant::now();
        let mut connection = Connection::open(address)?;
        while !connection.ask_one(token)?.is_valid() {
            ensure!(
                begin.elapsed() < PROVISIONING_LIMIT,
                "a new key is not valid on {address}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}
