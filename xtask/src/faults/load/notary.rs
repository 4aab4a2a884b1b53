//! The notary: asks for the proof of each change that refuses a key, and tells the client when there is one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::{Counts, Shared};
use crate::faults::ledger::Key;
use crate::nodes::Commands;
use crate::nodes::console::Console;

const PAUSE: Duration = Duration::from_millis(20);
/// How often a receipt is asked for on the command line.
const RECEIPTS: Duration = Duration::from_millis(700);

pub(super) fn prove(shared: &Shared, console: &Console, commands: &Commands) {
    let mut node = 0;
    let mut last_receipt = Instant::now();
    while !shared.stops() {
        thread::sleep(PAUSE);
        node = (node + 1) % shared.addresses.len();
        let address = &shared.addresses[node];
        // Changes come into force in order, so that the proof of one proves all before it.
        let changes = shared.ledger().awaited();
        let mut unanswered = false;
        let proven = changes.partition_point(|change| {
            let answer = if unanswered {
                None
            } else {
                console.is_in_force(address, *change)
            };
            unanswered |= answer.is_none();
            answer.unwrap_or(false)
        });
        let Some(last) = proven.checked_sub(1).and_then(|index| changes.get(index)) else {
            continue;
        };
        let keys = shared.ledger().proven(*last);
        for key in keys {
            shared.prove(&key);
            shared.ledger().close(key);
        }
        if last_receipt.elapsed() > RECEIPTS {
            last_receipt = Instant::now();
            receive(shared, commands, *last);
        }
    }
}

/// Asks for the receipt of a change that is proven.
fn receive(shared: &Shared, commands: &Commands, change: i64) {
    let receipt = commands.run(&["receipt", &change.to_string()]);
    // While the database is away, there is none.
    if receipt.is_ok_and(|printed| printed.succeeded && printed.output.split('.').count() == 3) {
        Counts::add(&shared.counts.receipts);
    }
}

impl Shared {
    /// From now on, no node may answer VALID for any of the tokens of this key.
    pub(super) fn prove(&self, key: &Key) {
        let now = self.now();
        let mut tokens = self.tokens_mut();
        for token in key.tokens() {
            token.refused_since.store(now, Ordering::SeqCst);
            tokens.refused.push(Arc::clone(token));
        }
        drop(tokens);
        Counts::add(&self.counts.proofs);
    }

    /// The client asks no longer about this token as one of a living key.
    pub(super) fn forget_living(&self, token: &Arc<super::Token>) {
        self.tokens_mut().living.retain(|living| !Arc::ptr_eq(living, token));
    }
}
