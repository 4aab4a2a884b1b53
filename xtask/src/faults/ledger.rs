//! What the nodes have acknowledged, which has to be there whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::load::Token;

/// A key as the client knows it.
#[derive(Debug)]
pub(crate) struct Key {
    /// Empty for a key that a command made and that no node could name.
    pub(crate) id: String,
    /// No other key has it.
    pub(crate) name: String,
    pub(crate) token: Arc<Token>,
    /// Tokens that a rotation has ended.
    pub(crate) old: Vec<Arc<Token>>,
    pub(crate) state: State,
    /// Whether it was seen to be VALID.
    pub(crate) was_active: bool,
    /// A last change that was not acknowledged, so that it may or may not have been made.
    pub(crate) unknown: Option<Unknown>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    Active,
    Inactive,
    Deleted,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unknown {
    State(State),
    Rotated,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Keys that may be changed further.
    living: Vec<Key>,
    /// Keys that were disabled or deleted, by the number of the change, until that is proven.
    awaiting: BTreeMap<i64, Key>,
    /// Keys that nobody changes any more.
    closed: Vec<Key>,
    /// Names of keys that may have been created.
    unknown: Vec<String>,
    /// How many changes are under way.
    under_way: usize,
}

impl Key {
    /// A key from the answer to its creation.
    pub(crate) fn new(made: &Value, name: &str) -> Result<Key> {
        let text = |field: &str| {
            made[field]
                .as_str()
                .with_context(|| format!("a new key without {field}"))
        };
        Ok(Key::of_command(text("id")?, name, text("token")?))
    }

    pub(crate) fn of_command(id: &str, name: &str, token: &str) -> Key {
        Key {
            id: id.to_owned(),
            name: name.to_owned(),
            token: Token::new(token),
            old: Vec::new(),
            state: State::Active,
            was_active: false,
            unknown: None,
        }
    }

    pub(crate) fn seen_active(self) -> Key {
        Key {
            was_active: true,
            ..self
        }
    }

    pub(crate) fn with_unknown(self, unknown: Unknown) -> Key {
        Key {
            unknown: Some(unknown),
            ..self
        }
    }

    pub(crate) fn rotated_to(&mut self, token: Arc<Token>) {
        self.old.push(std::mem::replace(&mut self.token, token));
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.old.iter().chain([&self.token])
    }
}

impl Ledger {
    pub(crate) fn keep(&mut self, key: Key) {
        self.living.push(key);
    }

    pub(crate) fn close(&mut self, key: Key) {
        self.closed.push(key);
    }

    pub(crate) fn created_unknown(&mut self, name: &str) {
        self.unknown.push(name.to_owned());
    }

    /// Takes one of the keys that may be changed, so that nobody else changes it; none unless more than `left` are there.
    pub(crate) fn take_living(&mut self, left: usize, choose: impl FnOnce(usize) -> usize) -> Option<Key> {
        let count = self.living.len();
        (count > left).then(|| self.living.swap_remove(choose(count)))
    }

    pub(crate) fn await_proof(&mut self, change: i64, key: Key) {
        self.awaiting.insert(change, key);
    }

    /// The changes without a proof, in order.
    pub(crate) fn awaited(&self) -> Vec<i64> {
        self.awaiting.keys().copied().collect()
    }

    /// Takes the keys whose changes are proven: all up to `last`.
    pub(crate) fn proven(&mut self, last: i64) -> Vec<Key> {
        let later = self.awaiting.split_off(&(last + 1));
        std::mem::replace(&mut self.awaiting, later).into_values().collect()
    }

    pub(crate) fn begin(&mut self) {
        self.under_way += 1;
    }

    pub(crate) fn end(&mut self) {
        self.under_way -= 1;
    }

    /// Whether no change is under way or waits for its proof.
    pub(crate) fn is_quiet(&self) -> bool {
        self.under_way == 0 && self.awaiting.is_empty()
    }

    /// What is not quiet, in words.
    pub(crate) fn open(&self) -> String {
        format!(
            "{} are under way, {} wait for their proof, first {:?}",
            self.under_way,
            self.awaiting.len(),
            self.awaiting.keys().next()
        )
    }

    /// All keys whose creation was acknowledged.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.living.iter().chain(&self.closed).chain(self.awaiting.values())
    }

    /// Names of keys that may have been created.
    pub(crate) fn unknown_names(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_all_changes_before_it() {
        let mut ledger = Ledger::default();
        for change in [7, 3, 9] {
            ledger.await_proof(change, Key::of_command(&change.to_string(), "name", "token"));
        }
        assert_eq!(ledger.awaited(), [3, 7, 9]);
        let proven: Vec<String> = ledger.proven(7).into_iter().map(|key| key.id).collect();
        assert_eq!(proven, ["3", "7"]);
        assert!(!ledger.is_quiet());
        assert_eq!(ledger.proven(9).len(), 1);
        assert!(ledger.is_quiet());
    }

    #[test]
    fn a_key_that_is_changed_is_in_nobody_elses_hands() {
        let mut ledger = Ledger::default();
        ledger.keep(Key::of_command("one", "name", "token"));
        assert!(ledger.take_living(1, |_| 0).is_none());
        assert_eq!(ledger.take_living(0, |count| count - 1).unwrap().id, "one");
        assert!(ledger.take_living(0, |_| 0).is_none());
    }
}
