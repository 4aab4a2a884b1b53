//! The database's clock, as this process knows it. Nodes compare times by it, since their own clocks may differ and may be
//! set. Between two answers of the database, this process counts on by the clock that nobody can set.

use std::sync::{Mutex, PoisonError};

use model::time::{SECOND, Timestamp};

use super::{Store, database};
use crate::error::Result;

/// A step forward by more than this, in milliseconds, is believed only once it has lasted. Otherwise a node whose
/// heartbeat is a moment older than the step would seem to be silent for as long as the step.
const STEP: i64 = SECOND;
/// How long a step forward has to last, in milliseconds: longer than nodes take to write their next heartbeats.
const LASTED: i64 = 3 * SECOND;

/// How far the database's clock is ahead of [`crate::clock::Clock::elapsed`].
#[derive(Debug, Default)]
pub(crate) struct DatabaseClock(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    offset: Option<i64>,
    /// When a step forward was seen first.
    ahead_since: Option<i64>,
}

/// What the database's clock told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// When the database was asked, on [`crate::clock::Clock::elapsed`].
    pub(crate) asked_at: i64,
    pub(crate) now: Timestamp,
}

impl Known {
    /// Considers that the clock told `told` between these two points in time.
    fn consider(self, asked_at: i64, told: Timestamp, answered_at: i64) -> Self {
        let (lowest, highest) = (told.0 - answered_at, told.0 - asked_at);
        let adopted = Self {
            offset: Some(i64::midpoint(lowest, highest)),
            ahead_since: None,
        };
        let Some(offset) = self.offset else {
            return adopted;
        };
        if (lowest..=highest).contains(&offset) {
            return Self {
                ahead_since: None,
                ..self
            };
        }
        let since = self.ahead_since.unwrap_or(asked_at);
        if lowest - offset <= STEP || asked_at - since >= LASTED {
            return adopted;
        }
        Self {
            ahead_since: Some(since),
            ..self
        }
    }
}

impl Store {
    /// Asks the database for the time.
    pub(crate) async fn ask_database_clock(&self) -> Result<Told> {
        let asked_at = self.clock.elapsed();
        let told = Timestamp(database::time(&self.db).await?);
        let now = self.clock.of_database(told);
        let mut known = self.database_clock.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.consider(asked_at, now, self.clock.elapsed());
        Ok(Told { asked_at, now })
    }

    /// The time on the database's clock.
    pub(crate) fn database_now(&self) -> Timestamp {
        self.database_time(self.clock.elapsed())
    }

    /// The time on the database's clock at a point in time on [`crate::clock::Clock::elapsed`].
    pub(crate) fn database_time(&self, elapsed: i64) -> Timestamp {
        let known = self.database_clock.0.lock().unwrap_or_else(PoisonError::into_inner);
        Timestamp(elapsed.saturating_add(known.offset.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_000_000;

    fn known(offset: i64) -> Known {
        Known {
            offset: Some(offset),
            ahead_since: None,
        }
    }

    #[test]
    fn a_slow_answer_changes_nothing_while_it_agrees() {
        let first = Known::default().consider(100, Timestamp(T + 110), 120);
        assert_eq!(first, known(T));
        assert_eq!(first.consider(1_000, Timestamp(T + 1_900), 2_000), first);
        // A clock that runs a little faster is followed.
        assert_eq!(first.consider(1_000, Timestamp(T + 1_030), 1_010), known(T + 25));
    }

    #[test]
    fn a_step_back_is_followed_at_once_and_a_step_forward_once_it_has_lasted() {
        let first = known(T);
        assert_eq!(first.consider(0, Timestamp(T - 3_600_000), 0), known(T - 3_600_000));
        let ahead = T + 3_600_000;
        let mut stepped = first;
        for elapsed in [1_000, 2_000, 3_999] {
            stepped = stepped.consider(elapsed, Timestamp(ahead + elapsed), elapsed);
            assert_eq!(stepped.offset, Some(T), "after {elapsed} ms");
        }
        assert_eq!(stepped.consider(4_000, Timestamp(ahead + 4_000), 4_000), known(ahead));
        // A single wrong answer is forgotten.
        let back = stepped.consider(4_000, Timestamp(T + 4_000), 4_000);
        assert_eq!(back, first);
    }
}
