//! The requests of the last 24 hours by hour, beside those of the day before.

use model::home::{HourCount, Requests};
use model::time::{HOUR, Timestamp};
use model::verify::Code;

use super::{Home, Scope};
use crate::error::Result;
use crate::store::usage::{HourSum, Span, requests_by_hour};
use crate::usage::hour;

/// Number of hours that are shown, the running one included.
const SHOWN: i64 = 24;

/// The hours that are shown, as Unix hours.
pub(super) fn shown_hours(now: Timestamp) -> Span {
    (hour(now) - SHOWN + 1, hour(now))
}

impl Home {
    /// The requests, and how many of those that are shown came with a token that belongs to no key.
    pub(super) async fn requests(&self, scope: &Scope, now: Timestamp) -> Result<(Requests, u64)> {
        let (first, last) = shown_hours(now);
        // Requests with unknown tokens belong to no environment.
        let unknown = scope.everything.then_some(None);
        let among = scope.ids.iter().cloned().map(Some).chain(unknown);
        let sums = requests_by_hour(&self.store.db, among, (first - SHOWN, last)).await?;
        Ok(in_order(&sums, first, last))
    }
}

fn in_order(sums: &[HourSum], first: i64, last: i64) -> (Requests, u64) {
    let empty = |hour: i64| HourCount {
        start: Timestamp(hour * HOUR),
        allowed: 0,
        refused: 0,
    };
    let mut requests = Requests {
        hours: (first..=last).map(empty).collect(),
        ..Requests::default()
    };
    let mut unknown = 0;
    for sum in sums {
        let count = u64::try_from(sum.total).unwrap_or_default();
        if sum.hour < first {
            // Without the hour that is now running.
            if sum.hour + SHOWN < last {
                requests.day_before += count;
            }
            continue;
        }
        let place = usize::try_from(sum.hour - first).ok();
        let Some(hour) = place.and_then(|place| requests.hours.get_mut(place)) else {
            continue;
        };
        match sum.code.0 {
            Code::Valid => {
                hour.allowed += count;
                continue;
            }
            Code::NotFound => unknown += count,
            Code::Provisioning | Code::Failed => requests.unready += count,
            _ => {}
        }
        hour.refused += count;
    }
    (requests, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_put_into_their_hours_and_those_of_the_day_before_added_up() {
        let sum = |hour, code: Code, total| HourSum {
            hour,
            code: code.into(),
            total,
        };
        let sums = [
            sum(77, Code::Valid, 10),
            sum(99, Code::Expired, 5),
            // A day before the running hour.
            sum(100, Code::Valid, 1_000),
            sum(101, Code::Valid, 7),
            sum(101, Code::NotFound, 2),
            sum(124, Code::Failed, 1),
            sum(124, Code::RateLimited, 3),
            // Counted by a node whose clock is ahead.
            sum(125, Code::Valid, 1_000),
        ];
        let (requests, unknown) = in_order(&sums, 101, 124);
        assert_eq!((requests.hours.len(), unknown), (24, 2));
        let counts = |index: usize| (requests.hours[index].allowed, requests.hours[index].refused);
        assert_eq!((counts(0), counts(23)), ((7, 2), (0, 4)));
        assert_eq!(requests.hours[23].start, Timestamp(124 * HOUR));
        assert_eq!((requests.total(), requests.unready), (13, 1));
        assert_eq!(requests.day_before, 15);
    }
}
