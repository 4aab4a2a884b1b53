//! What this node has applied and not yet told the other nodes.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Changes that follow each other within this time are acknowledged together, in milliseconds.
const TOGETHER: i64 = 20;
/// The most acknowledgements that wait, while the database does not answer.
const WAITING_MAX: usize = 64;

/// All changes up to this number were applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Acknowledgement {
    pub(super) number: i64,
    /// By when they were applied, on [`crate::clock::Clock::elapsed`].
    pub(super) at: i64,
    /// When the first of the changes that are acknowledged together was applied.
    began_at: i64,
}

/// The acknowledgements that are not stored yet, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Unannounced(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    acknowledgements: Vec<Acknowledgement>,
    /// The last change that was noted.
    noted: Option<i64>,
}

impl Unannounced {
    /// Notes that all changes up to `number` are applied. A number that was noted before changes nothing.
    pub(super) fn note(&self, number: i64, at: i64) {
        let mut waiting = self.lock();
        if waiting.noted.is_some_and(|noted| number <= noted) {
            return;
        }
        waiting.noted = Some(number);
        let full = waiting.acknowledgements.len() >= WAITING_MAX;
        match waiting.acknowledgements.last_mut() {
            Some(last) if full || at - last.began_at < TOGETHER => (last.number, last.at) = (number, at),
            _ => waiting.acknowledgements.push(Acknowledgement {
                number,
                at,
                began_at: at,
            }),
        }
    }

    pub(super) fn all(&self) -> Vec<Acknowledgement> {
        self.lock().acknowledgements.clone()
    }

    /// Forgets what was stored.
    pub(super) fn forget_to(&self, number: i64) {
        self.lock()
            .acknowledgements
            .retain(|acknowledgement| acknowledgement.number > number);
    }

    /// Forgets everything. Numbers that were noted before may be noted again.
    pub(super) fn start_again(&self) {
        *self.lock() = Waiting::default();
    }

    /// By when a change was applied, if its acknowledgement still waits.
    pub(super) fn applied_at(&self, change: i64) -> Option<i64> {
        let waiting = self.lock();
        let covering = waiting
            .acknowledgements
            .iter()
            .find(|acknowledgement| acknowledgement.number >= change);
        covering.map(|acknowledgement| acknowledgement.at)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(changes: &[(i64, i64)]) -> (Unannounced, Vec<(i64, i64)>) {
        let unannounced = Unannounced::default();
        for (number, at) in changes {
            unannounced.note(*number, *at);
        }
        let all = unannounced.all();
        (unannounced, all.into_iter().map(|it| (it.number, it.at)).collect())
    }

    #[test]
    fn changes_in_quick_succession_are_acknowledged_together() {
        let (unannounced, all) = noted(&[(1, 0), (2, 5), (3, 19), (4, 20), (4, 30), (5, 90)]);
        assert_eq!(all, [(3, 19), (4, 20), (5, 90)]);
        assert_eq!(unannounced.applied_at(1), Some(19));
        assert_eq!(unannounced.applied_at(5), Some(90));
        assert_eq!(unannounced.applied_at(6), None);
        unannounced.forget_to(4);
        unannounced.note(4, 100);
        assert_eq!(unannounced.applied_at(4), Some(90));
        assert_eq!(unannounced.all().len(), 1);
    }

    #[test]
    fn a_change_that_joins_others_while_they_are_stored_is_not_forgotten() {
        let (unannounced, _) = noted(&[(1, 0)]);
        unannounced.note(2, 1);
        unannounced.forget_to(1);
        assert_eq!(unannounced.applied_at(2), Some(1));
    }

    #[test]
    fn what_waits_is_bounded() {
        let many: Vec<(i64, i64)> = (0..1_000).map(|number| (number, number * TOGETHER)).collect();
        let (unannounced, all) = noted(&many);
        assert_eq!(all.len(), WAITING_MAX);
        assert_eq!(unannounced.applied_at(999), Some(999 * TOGETHER));
    }
}
