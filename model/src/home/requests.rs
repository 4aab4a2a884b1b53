//! The requests of the last 24 hours, by hour.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The requests of 24 hours, the running hour included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// The hours in UTC, earliest first. The last one has not ended.
    pub hours: Vec<HourCount>,
    /// Requests in the same hours of the day before, without the running one.
    pub day_before: u64,
    /// Requests that were refused although nobody has stopped or limited their key: it was not ready yet, or had failed.
    pub unready: u64,
}

/// The requests of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCount {
    pub start: Timestamp,
    pub allowed: u64,
    pub refused: u64,
}

/// How the requests of a day compare with those of the day before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub direction: Ordering,
    /// Whole percent of the day before. 0 where the two days are about the same.
    pub percent: u64,
}

impl HourCount {
    pub const fn total(&self) -> u64 {
        self.allowed + self.refused
    }
}

impl Requests {
    pub fn allowed(&self) -> u64 {
        self.hours.iter().map(|hour| hour.allowed).sum()
    }

    pub fn refused(&self) -> u64 {
        self.hours.iter().map(|hour| hour.refused).sum()
    }

    pub fn total(&self) -> u64 {
        self.allowed() + self.refused()
    }

    /// The requests of the hours that have ended, compared with the same hours of the day before. `None` without requests on that day.
    pub fn difference(&self) -> Option<Difference> {
        if self.day_before == 0 {
            return None;
        }
        let (_, ended) = self.hours.split_last()?;
        let now: u64 = ended.iter().map(HourCount::total).sum();
        let before = u128::from(self.day_before);
        let percent = (u128::from(now.abs_diff(self.day_before)) * 100 + before / 2) / before;
        Some(Difference {
            direction: if percent == 0 {
                Ordering::Equal
            } else {
                now.cmp(&self.day_before)
            },
            percent: u64::try_from(percent).unwrap_or(u64::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn requests(counts: &[u64], day_before: u64) -> Requests {
        let start = |index: i64| Timestamp(1_795_323_600_000).plus(index * HOUR);
        Requests {
            hours: (0..)
                .zip(counts)
                .map(|(index, allowed)| HourCount {
                    start: start(index),
                    allowed: *allowed,
                    refused: 0,
                })
                .collect(),
            day_before,
            unready: 0,
        }
    }

    #[test]
    fn only_hours_that_have_ended_are_compared() {
        let difference = |counts: &[u64], before| requests(counts, before).difference();
        let told = |direction, percent| Some(Difference { direction, percent });
        assert_eq!(difference(&[60, 46, 9_000], 100), told(Ordering::Greater, 6));
        assert_eq!(difference(&[40, 9_000], 100), told(Ordering::Less, 60));
        assert_eq!(difference(&[0, 9_000], 100), told(Ordering::Less, 100));
        assert_eq!(difference(&[100, 0], 100), told(Ordering::Equal, 0));
        assert_eq!(
            difference(&[1_001, 0], 1_000),
            told(Ordering::Equal, 0),
            "less than half a percent"
        );
        assert_eq!(difference(&[1_005, 0], 1_000), told(Ordering::Greater, 1));
        assert_eq!(difference(&[5, 0], 0), None);
        assert_eq!(difference(&[], 7), None);
    }

    #[test]
    fn all_hours_add_up() {
        let mut day = requests(&[1, 2], 0);
        day.hours[1].refused = 4;
        assert_eq!((day.allowed(), day.refused(), day.total()), (3, 4, 7));
    }
}
