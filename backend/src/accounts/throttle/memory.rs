//! The counts as this node knows them.
//!
//! They are here and not only in the database for three reasons: a wait is measured on a clock that nobody sets; attempts
//! that are under way count as failed, so that many at once do not slip through; and who has to wait causes no query.

use std::collections::HashMap;

use model::time::Timestamp;

use super::subject::ThrottledSubject;
use crate::store::throttled_subjects::StoredFailures;

/// Above this number of entries, the forgotten ones are removed.
const SWEEP: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<ThrottledSubject, Failures>);

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    /// Failed attempts on all nodes.
    count: i64,
    /// Attempts on this node that have not ended, or whose failure could not be stored.
    open: i64,
    /// The last failure or attempt, in elapsed milliseconds.
    last: i64,
    /// What the database said last. If it says something else, another node has counted.
    stored: Option<StoredFailures>,
}

impl Memory {
    /// How long these subjects have to wait, in milliseconds; nothing where they need not.
    pub(super) fn wait(&self, subjects: &[ThrottledSubject], elapsed: i64) -> Option<i64> {
        let waits = subjects
            .iter()
            .filter_map(|subject| Some(self.0.get(subject)?.wait(subject, elapsed)));
        waits.max().filter(|wait| *wait > 0)
    }

    /// Takes over what other nodes have counted. `stored` is what the database says, `None` where it says nothing.
    pub(super) fn adopt(
        &mut self,
        subject: &ThrottledSubject,
        stored: Option<StoredFailures>,
        (elapsed, now): (i64, Timestamp),
    ) {
        let known = self.0.get(subject).and_then(|failures| failures.stored);
        if stored == known {
            return;
        }
        let Some(stored) = stored else {
            // It succeeded on another node.
            if let Some(failures) = self.0.get_mut(subject) {
                failures.count = 0;
                failures.stored = None;
            }
            return;
        };
        // The other node's clock may be a little ahead.
        let age = now.since(stored.last_at).max(0);
        let last = elapsed.saturating_sub(age);
        let failures = self.0.entry(subject.clone()).or_insert(Failures {
            last,
            ..Failures::default()
        });
        failures.count = stored.count;
        failures.last = failures.last.max(last);
        failures.stored = Some(stored);
    }

    /// Counts an attempt as failed until [`Memory::succeeded`] says otherwise. Refused attempts are not counted: waiting
    /// always ends.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub(super) fn attempt(&mut self, subjects: &[ThrottledSubject], elapsed: i64) -> Result<(), i64> {
        if self.0.len() > SWEEP {
            self.0
                .retain(|subject, failures| elapsed - failures.last < subject.limits().forget);
        }
        if let Some(wait) = self.wait(subjects, elapsed) {
            return Err(wait);
        }
        for subject in subjects {
            let failures = self.0.entry(subject.clone()).or_insert(Failures {
                last: elapsed,
                ..Failures::default()
            });
            if elapsed - failures.last >= subject.limits().forget {
                failures.count = 0;
                failures.open = 0;
            }
            failures.open += 1;
            failures.last = elapsed;
        }
        Ok(())
    }

    /// What the database said about a subject that has no free failures left. One more attempt at it is decided there,
    /// among all nodes.
    pub(super) fn contested(&self, subject: &ThrottledSubject) -> Option<StoredFailures> {
        let failures = self.0.get(subject)?;
        let before = failures.count + failures.open - 1;
        failures.stored.filter(|_| before >= subject.limits().free)
    }

    /// Whether the database has failures of a subject.
    pub(super) fn is_stored(&self, subject: &ThrottledSubject) -> bool {
        self.0.get(subject).is_some_and(|failures| failures.stored.is_some())
    }

    /// Notes that failures of attempts on this node are in the database now, and what it says.
    pub(super) fn stored(&mut self, subject: &ThrottledSubject, failed: i64, stored: StoredFailures) {
        if let Some(failures) = self.0.get_mut(subject) {
            failures.open = (failures.open - failed).max(0);
            failures.count = stored.count;
            failures.stored = Some(stored);
        }
    }

    /// Takes back an attempt that did not take place.
    pub(super) fn take_back(&mut self, subjects: &[ThrottledSubject]) {
        for subject in subjects {
            if let Some(failures) = self.0.get_mut(subject) {
                failures.open = (failures.open - 1).max(0);
            }
        }
    }

    /// Notes that an attempt was right. An account starts afresh; an address gets this attempt back and keeps its other
    /// failures.
    pub(super) fn succeeded(&mut self, subjects: &[ThrottledSubject]) {
        for subject in subjects {
            if let (ThrottledSubject::Address(_), Some(failures)) = (subject, self.0.get_mut(subject)) {
                failures.open = (failures.open - 1).max(0);
            } else {
                self.0.remove(subject);
            }
        }
    }
}

impl Failures {
    fn wait(self, subject: &ThrottledSubject, elapsed: i64) -> i64 {
        subject.limits().wait_after(self.count + self.open) - (elapsed - self.last)
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::accounts::throttle::subject::{ADDRESSES, CODES, PASSWORDS};
    use model::id::UserId;
    use model::time::{DAY, HOUR, MINUTE, SECOND};

    const START: i64 = 0;

    fn account() -> [ThrottledSubject; 1] {
        [ThrottledSubject::Account("ada@example.com".to_owned())]
    }

    #[test]
    fn after_five_failures_the_wait_doubles_up_to_a_minute() {
        let mut memory = Memory::default();
        for _ in 0..PASSWORDS.free {
            assert_eq!(memory.attempt(&account(), START), Ok(()));
        }
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(memory.attempt(&account(), now), Err(wait * SECOND));
            now += wait * SECOND;
            assert_eq!(memory.attempt(&account(), now), Ok(()));
        }
    }

    #[test]
    fn waiting_a_quarter_of_an_hour_forgets() {
        let mut memory = Memory::default();
        for attempt in 0..10 {
            let _ = memory.attempt(&account(), START + attempt * MINUTE);
        }
        let later = START + 10 * MINUTE + PASSWORDS.forget;
        for _ in 0..PASSWORDS.free {
            assert_eq!(memory.attempt(&account(), later), Ok(()));
        }
    }

    #[test]
    fn codes_wait_up_to_a_quarter_of_an_hour_and_are_forgotten_after_a_day() {
        let mut memory = Memory::default();
        let code = [ThrottledSubject::Code(UserId::from_random("0123456789"))];
        for _ in 0..CODES.free {
            assert_eq!(memory.attempt(&code, START), Ok(()));
        }
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(memory.attempt(&code, now), Err(wait * SECOND));
            now += wait * SECOND;
            assert_eq!(memory.attempt(&code, now), Ok(()));
        }
        now += DAY - 1;
        assert_eq!(memory.attempt(&code, now), Ok(()));
        assert!(memory.attempt(&code, now).is_err(), "nothing is forgotten yet");
        now += DAY;
        for _ in 0..CODES.free {
            assert_eq!(memory.attempt(&code, now), Ok(()));
        }
    }

    #[test]
    fn a_right_code_starts_afresh() {
        let mut memory = Memory::default();
        let code = [ThrottledSubject::Code(UserId::from_random("0123456789"))];
        for _ in 0..3 * CODES.free {
            assert_eq!(memory.attempt(&code, START), Ok(()));
            memory.succeeded(&code);
        }
    }

    #[test]
    fn guessing_at_an_account_does_not_slow_a_known_browser() {
        let mut memory = Memory::default();
        while memory.attempt(&account(), START).is_ok() {}
        let known = [ThrottledSubject::Device("ada@example.com".to_owned())];
        assert_eq!(memory.attempt(&known, START), Ok(()));
    }

    #[test]
    fn success_clears_the_account_but_not_the_address() {
        let mut memory = Memory::default();
        let both = [
            ThrottledSubject::Account("a".to_owned()),
            ThrottledSubject::Address("192.0.2.1".to_owned()),
        ];
        for _ in 0..ADDRESSES.free {
            memory.attempt(&both, START).unwrap();
            memory.succeeded(&both[..1]);
        }
        assert!(memory.attempt(&both, START).is_err());
    }

    const NOW: Timestamp = Timestamp(1_000 * DAY);

    /// What the database says after another node counted the last of these failures that many milliseconds ago.
    fn elsewhere(count: i64, ago: i64) -> StoredFailures {
        StoredFailures {
            count,
            last_at: NOW.plus(-ago),
        }
    }

    #[test]
    fn failures_on_another_node_count_here() {
        let mut memory = Memory::default();
        let [account] = account();
        memory.adopt(&account, Some(elsewhere(PASSWORDS.free + 1, 500)), (HOUR, NOW));
        assert_eq!(memory.wait(slice::from_ref(&account), HOUR), Some(1_500));
        // Reading the same again changes nothing, whatever the clock says.
        let later = NOW.plus(DAY);
        memory.adopt(&account, Some(elsewhere(PASSWORDS.free + 1, 500)), (HOUR + 500, later));
        assert_eq!(memory.wait(slice::from_ref(&account), HOUR + 500), Some(1_000));
        // A clock that is ahead does not lengthen the wait.
        memory.adopt(&account, Some(elsewhere(PASSWORDS.free + 2, -DAY)), (HOUR + 600, NOW));
        assert_eq!(memory.wait(slice::from_ref(&account), HOUR + 600), Some(4_000));
        memory.adopt(&account, None, (HOUR + 700, NOW));
        assert_eq!(memory.wait(&[account], HOUR + 700), None);
    }

    #[test]
    fn failures_long_ago_on_another_node_are_forgotten() {
        let mut memory = Memory::default();
        let [account] = account();
        memory.adopt(&account, Some(elsewhere(100, PASSWORDS.forget)), (HOUR, NOW));
        for _ in 0..PASSWORDS.free {
            assert_eq!(memory.attempt(slice::from_ref(&account), HOUR), Ok(()));
        }
        assert!(memory.attempt(&[account], HOUR).is_err());
    }

    #[test]
    fn the_database_decides_about_attempts_beyond_the_free_ones() {
        let mut memory = Memory::default();
        let [account] = account();
        let seen = elsewhere(PASSWORDS.free - 1, MINUTE);
        memory.adopt(&account, Some(seen), (HOUR, NOW));
        memory.attempt(slice::from_ref(&account), HOUR).unwrap();
        assert_eq!(memory.contested(&account), None);
        let seen = elsewhere(PASSWORDS.free, 0);
        memory.stored(&account, 1, seen);
        memory.attempt(slice::from_ref(&account), HOUR + SECOND).unwrap();
        assert_eq!(memory.contested(&account), Some(seen));
    }
}
