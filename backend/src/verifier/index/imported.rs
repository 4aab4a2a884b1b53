//! Tells until when the index has tokens that other systems have issued.

use std::collections::BTreeMap;

use model::time::Timestamp;

use crate::verifier::record::{KeyKind, OldToken};

/// The tokens that other systems have issued. Only while there are some, a text of another shape than ours is looked up.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// The number of keys whose current token it is.
    current: usize,
    /// When old tokens end, and how many end at that time.
    ends: BTreeMap<Timestamp, usize>,
}

impl Imported {
    /// Counts the tokens of a key that comes into the index.
    pub(super) fn add(&mut self, kind: KeyKind, old: &[OldToken]) {
        self.current += usize::from(kind == KeyKind::Imported);
        for old in old.iter().filter(|old| old.imported) {
            *self.ends.entry(old.ends_at).or_default() += 1;
        }
    }

    /// Counts out the tokens of a key that leaves the index.
    pub(super) fn remove(&mut self, kind: KeyKind, old: &[OldToken]) {
        self.current -= usize::from(kind == KeyKind::Imported);
        for old in old.iter().filter(|old| old.imported) {
            if let Some(count) = self.ends.get_mut(&old.ends_at) {
                *count -= 1;
                if *count == 0 {
                    self.ends.remove(&old.ends_at);
                }
            }
        }
    }

    /// Until when there are any; `None` where there are none.
    pub(super) fn until(&self) -> Option<Timestamp> {
        if self.current > 0 {
            return Some(Timestamp(i64::MAX));
        }
        self.ends.last_key_value().map(|(end, _)| *end)
    }
}
