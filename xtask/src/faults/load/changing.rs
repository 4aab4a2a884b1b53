//! The people: make, rotate, disable, enable and delete keys, on every node and by commands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::{Counts, Dice, Shared};
use crate::faults::ledger::{Key, State, Unknown};
use crate::nodes::Commands;
use crate::nodes::console::{Console, Outcome};
use crate::nodes::wire::Connection;

/// The pause after each change.
const PAUSE: Duration = Duration::from_millis(10);
/// The pause while a node is not reached, or knows nothing.
const RETRY: Duration = Duration::from_millis(20);
const PAUSE_OF_COMMANDS: Duration = Duration::from_millis(500);
/// Keys that are left to the client to ask about.
const LEFT: usize = 30;

/// Changes keys on one node: makes one, then changes one that was made on any node.
pub(super) fn change_on(shared: &Shared, console: &Console, node: usize) {
    let mut dice = Dice::new(node + 100);
    let mut person = Person {
        shared,
        console,
        node,
        forms: 0,
    };
    while !shared.stops() {
        if shared.no_changes.load(Ordering::SeqCst) {
            thread::sleep(RETRY);
            continue;
        }
        shared.ledger().begin();
        person.create();
        let key = shared.ledger().take_living(LEFT, |count| dice.below(count));
        if let Some(key) = key {
            person.change(key, dice.below(100));
        }
        shared.ledger().end();
        thread::sleep(PAUSE);
    }
}

struct Person<'a> {
    shared: &'a Shared,
    console: &'a Console,
    node: usize,
    /// The number of forms that were sent.
    forms: u32,
}

impl Person<'_> {
    fn address(&self) -> &str {
        &self.shared.addresses[self.node]
    }

    fn form(&mut self) -> String {
        self.forms += 1;
        format!("form-{}-{}", self.node, self.forms)
    }

    fn create(&mut self) {
        let name = self.form();
        let sent = self.shared.now();
        let outcome = self.console.create(self.address(), &name);
        if let Some(made) = self.acknowledged(outcome, sent, || self.shared.ledger().created_unknown(&name))
            && let Ok(key) = Key::new(&made, &name)
        {
            self.shared.tokens_mut().living.push(Arc::clone(&key.token));
            self.shared.ledger().keep(key);
        }
    }

    fn change(&mut self, mut key: Key, dice: usize) {
        if !key.was_active {
            // Only an active key can be changed. A key that is not active yet is left for later.
            key.was_active = self.is_valid(&key.token.text);
            if !key.was_active {
                return self.shared.ledger().keep(key);
            }
        }
        match dice {
            0..30 => self.rotate(key),
            30..50 => {
                let key = self.set_state(key, "disable", State::Inactive);
                if let Some(key) = key
                    && let Some(key) = self.set_state(key, "enable", State::Active)
                {
                    self.shared.ledger().keep(key);
                }
            }
            50..75 => self.end(key, "disable", State::Inactive),
            _ => self.end(key, "delete", State::Deleted),
        }
    }

    fn is_valid(&self, token: &str) -> bool {
        Connection::open(self.address())
            .and_then(|mut connection| connection.ask_one(token))
            .is_ok_and(|answer| answer.is_valid())
    }

    fn rotate(&mut self, mut key: Key) {
        let form = self.form();
        let sent = self.shared.now();
        let outcome = self.console.rotate(self.address(), &key.id, &form);
        let mut unknown = false;
        let rotated = self.acknowledged(outcome, sent, || unknown = true);
        if unknown {
            return self.shared.ledger().close(key.with_unknown(Unknown::Rotated));
        }
        if let Some(token) = rotated.as_ref().and_then(|rotated| rotated["token"].as_str()) {
            let token = super::Token::new(token);
            self.shared.forget_living(&key.token);
            self.shared.tokens_mut().living.push(Arc::clone(&token));
            key.rotated_to(token);
        }
        self.shared.ledger().keep(key);
    }

    /// Changes the state of a key. Returns the key where the change was acknowledged.
    fn set_state(&mut self, key: Key, verb: &str, state: State) -> Option<Key> {
        self.set_state_at(key, verb, state).map(|(key, _)| key)
    }

    /// Disables or deletes a key for good, and has that proven.
    fn end(&mut self, key: Key, verb: &str, state: State) {
        if let Some((key, change)) = self.set_state_at(key, verb, state) {
            self.shared.forget_living(&key.token);
            self.shared.ledger().await_proof(change, key);
        }
    }

    fn set_state_at(&mut self, mut key: Key, verb: &str, state: State) -> Option<(Key, i64)> {
        let sent = self.shared.now();
        let outcome = self.console.change(self.address(), verb, &key.id);
        let mut unknown = false;
        let changed = self.acknowledged(outcome, sent, || unknown = true);
        if unknown {
            self.shared.ledger().close(key.with_unknown(Unknown::State(state)));
            return None;
        }
        if let Some(change) = changed.as_ref().and_then(|changed| changed["change"].as_i64()) {
            key.state = state;
            return Some((key, change));
        }
        if key.state == State::Active {
            self.shared.ledger().keep(key);
        } else {
            self.shared.ledger().close(key);
        }
        None
    }

    /// What the node has acknowledged. Notes the success, and pauses where there is none.
    fn acknowledged(&self, outcome: Outcome, sent: u64, unknown: impl FnOnce()) -> Option<serde_json::Value> {
        match outcome {
            Outcome::Done(answer) => {
                Counts::add(&self.shared.counts.acknowledged);
                self.shared.changed[self.node].fetch_max(sent, Ordering::SeqCst);
                return Some(answer);
            }
            Outcome::Unknown(_) => {
                Counts::add(&self.shared.counts.unknown);
                unknown();
            }
            Outcome::Refused(_) | Outcome::NotSent => {}
        }
        thread::sleep(RETRY);
        None
    }
}

/// Makes and disables keys on the command line. A command that succeeds has proven that the key is refused.
pub(super) fn change_by_commands(shared: &Shared, commands: &Commands) {
    let mut number = 0;
    while !shared.stops() {
        thread::sleep(PAUSE_OF_COMMANDS);
        if shared.no_changes.load(Ordering::SeqCst) {
            continue;
        }
        number += 1;
        shared.ledger().begin();
        make_and_disable(shared, commands, &format!("command-{number}"));
        shared.ledger().end();
    }
}

fn make_and_disable(shared: &Shared, commands: &Commands, name: &str) {
    let create = commands.run(&["key", "create", "--environment", "default", "--name", name]);
    // The token is printed once the key is stored. The command may fail afterwards, while it waits for the nodes.
    let Some(token) = create
        .ok()
        .and_then(|printed| printed.output.lines().next().map(str::to_owned))
    else {
        return shared.ledger().created_unknown(name);
    };
    Counts::add(&shared.counts.acknowledged);
    let Some(id) = shared.addresses.iter().find_map(|address| id_of(address, &token)) else {
        // No node is reached that knows the key. At the end it is found by its name.
        return shared.ledger().close(Key::of_command("", name, &token));
    };
    let key = Key::of_command(&id, name, &token);
    let disable = commands.run(&["key", "disable", &id, "--wait", "10s"]);
    match disable {
        Ok(printed) if printed.succeeded => {
            Counts::add(&shared.counts.acknowledged);
            let key = Key {
                state: State::Inactive,
                ..key
            };
            shared.prove(&key);
            shared.ledger().close(key);
        }
        _ => {
            Counts::add(&shared.counts.unknown);
            shared.ledger().close(key.with_unknown(Unknown::State(State::Inactive)));
        }
    }
}

fn id_of(address: &str, token: &str) -> Option<String> {
    let answer = Connection::open(address).ok()?.ask_one(token).ok()?;
    let (_, rest) = answer.body.split_once(r#""keyId":""#)?;
    Some(rest.split('"').next()?.to_owned())
}
