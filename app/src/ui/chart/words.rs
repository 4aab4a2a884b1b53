//! What charts say in words.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome, Step};

use crate::ui::day::{on_clock, shows_local_times};
use crate::ui::number::grouped;

/// Whether the steps of a range are shown in the person's own time zone, see [`shows_local_times`]. Only hours are: longer steps begin at
/// midnight in UTC.
pub(crate) fn shows_local_steps(range: Range) -> RwSignal<bool> {
    if range.steps() == Step::Hour {
        shows_local_times()
    } else {
        RwSignal::new(false)
    }
}

/// The whole chart, for screen readers.
pub(super) fn in_words(range: Range, buckets: &[Bucket], is_running: bool, is_local: bool) -> String {
    let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
    let mut most: Option<&Bucket> = None;
    for bucket in buckets {
        if most.is_none_or(|most| bucket.counts.total() > most.counts.total()) {
            most = Some(bucket);
        }
    }
    let Some(most) = most.filter(|most| most.counts.total() > 0) else {
        return format!("{}: no requests.", range.title());
    };
    let mut words = format!(
        "{}: {}. Most of them, {}, in {}.",
        range.title(),
        describe_counts(&total),
        grouped(most.counts.total()),
        step_in_words(range, most, is_local),
    );
    if is_running {
        words.push_str(" The last bar is not over yet.");
    }
    words
}

/// A bar, such as `22 Nov, 05:00–06:00 UTC, so far: 4 requests: 4 allowed`.
pub(super) fn describe_step(range: Range, bucket: &Bucket, is_running: bool, is_local: bool) -> String {
    let when = period(range, bucket, is_running, is_local);
    format!("{when}: {}", describe_counts(&bucket.counts))
}

/// The time of a bar, such as `22 Nov, 05:00–06:00 UTC, so far`.
pub(super) fn period(range: Range, bucket: &Bucket, is_running: bool, is_local: bool) -> String {
    let when = step_in_words(range, bucket, is_local);
    let so_far = if is_running { ", so far" } else { "" };
    format!("{when}{so_far}")
}

/// A step, such as `22 Nov, 05:00–06:00 UTC`, or `22 Nov, 14:00–15:00` in the person's own time zone.
pub(super) fn step_in_words(range: Range, bucket: &Bucket, is_local: bool) -> String {
    let (start, end) = (on_clock(bucket.start, is_local), on_clock(bucket.end, is_local));
    let zone = if is_local { "" } else { " UTC" };
    format!("{}{zone}", range.in_words(start, end))
}

/// Counts, such as `1,204 requests: 1,200 allowed, 4 rate limited`.
pub(super) fn describe_counts(counts: &Outcomes) -> String {
    match counts.total() {
        0 => "no requests".to_owned(),
        total => {
            let each = describe_outcomes(counts, &RequestOutcome::ALL);
            format!("{}: {}", requests(total), each.join(", "))
        }
    }
}

/// The counts of those outcomes that occurred, such as `4 rate limited`.
pub(super) fn describe_outcomes(counts: &Outcomes, outcomes: &[RequestOutcome]) -> Vec<String> {
    let there = outcomes.iter().filter(|outcome| counts.of(**outcome) > 0);
    there
        .map(|outcome| {
            let count = grouped(counts.of(*outcome));
            format!("{count} {}", outcome.title().to_ascii_lowercase())
        })
        .collect()
}

/// A number of requests, such as `1,204 requests`.
pub(super) fn requests(total: u64) -> String {
    match total {
        1 => "1 request".to_owned(),
        total => format!("{} requests", grouped(total)),
    }
}

/// The step that is not over yet.
pub(super) fn running(buckets: &[Bucket], now: Timestamp) -> Option<usize> {
    let is_running = buckets.last()?.end > now;
    is_running.then(|| buckets.len() - 1)
}

/// The steps that have a text below them, their starts, and whether narrow screens show that text, too.
pub(super) fn labels(range: Range, buckets: &[Bucket]) -> impl Iterator<Item = (usize, Timestamp, bool)> {
    let is_long = buckets.len() > 30;
    // The number of steps from one text to the next.
    let (every, narrow) = match range.steps() {
        Step::Hour if is_long => (6, 12),
        Step::Hour => (3, 6),
        Step::Day | Step::Week if is_long => (8, 16),
        Step::SixHours | Step::Day | Step::Week => (4, 8),
    };
    // A range of days begins with a text, and one that ends now ends with a text.
    let begins = range.days().is_some();
    let last = buckets.len().saturating_sub(1);
    buckets.iter().enumerate().filter_map(move |(index, bucket)| {
        let distance = if begins { index } else { last - index };
        distance
            .is_multiple_of(every)
            .then(|| (index, bucket.start, distance.is_multiple_of(narrow)))
    })
}

/// The text below a step, such as `05:00` or `22 Nov`.
pub(super) fn label(range: Range, start: Timestamp, is_local: bool) -> String {
    let start = on_clock(start, is_local);
    if range.steps() == Step::Hour {
        start.time_of_day()
    } else {
        start.day_and_month()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::HOUR;

    fn buckets(counts: &[(RequestOutcome, u64)]) -> Vec<Bucket> {
        let start = Timestamp(1_795_323_600_000); // 2026-11-22T05:00:00Z
        let mut last = Outcomes::default();
        for (outcome, count) in counts {
            last.add(*outcome, *count);
        }
        let bucket = |back: i64| Bucket {
            start: start.plus(-back * HOUR),
            end: start.plus((1 - back) * HOUR),
            counts: if back == 0 { last } else { Outcomes::default() },
        };
        (0..24).rev().map(bucket).collect()
    }

    #[test]
    fn the_chart_is_described_in_words() {
        let some = buckets(&[(RequestOutcome::Allowed, 1_200), (RequestOutcome::RateLimited, 4)]);
        let told = "Last 24 hours: 1,204 requests: 1,200 allowed, 4 rate limited. \
             Most of them, 1,204, in 22 Nov, 05:00–06:00 UTC.";
        assert_eq!(in_words(Range::Day, &some, false, false), told);
        let so_far = format!("{told} The last bar is not over yet.");
        assert_eq!(in_words(Range::Day, &some, true, false), so_far);
        assert_eq!(
            in_words(Range::Day, &buckets(&[]), true, false),
            "Last 24 hours: no requests."
        );
        assert_eq!(
            describe_step(Range::Day, &some[23], true, false),
            "22 Nov, 05:00–06:00 UTC, so far: 1,204 requests: 1,200 allowed, 4 rate limited"
        );
        assert_eq!(
            describe_step(Range::Day, &some[22], false, false),
            "22 Nov, 04:00–05:00 UTC: no requests"
        );
    }

    #[test]
    fn the_step_that_is_not_over_is_the_last_one() {
        let buckets = buckets(&[]);
        let end = buckets[23].end;
        assert_eq!(running(&buckets, end.plus(-1)), Some(23));
        assert_eq!(running(&buckets, end), None);
        assert_eq!(running(&[], end), None);
    }

    #[test]
    fn a_range_of_days_begins_with_a_text() {
        let days = Range::Days {
            first: 20_778,
            last: 20_778,
            whole: false,
        };
        let texts: Vec<(usize, Timestamp, bool)> = labels(days, &buckets(&[])).collect();
        assert_eq!((texts[0].0, texts[0].2, texts.len()), (0, true, 8));
    }

    #[test]
    fn the_present_step_has_a_text() {
        let texts: Vec<(usize, Timestamp, bool)> = labels(Range::Day, &buckets(&[])).collect();
        assert_eq!(texts.len(), 8);
        let (index, start, narrow) = texts[7];
        assert_eq!((index, narrow), (23, true));
        assert_eq!(label(Range::Day, start, false), "05:00");
        assert_eq!(label(Range::Month, start, false), "22 Nov");
        assert_eq!(texts.iter().filter(|(.., narrow)| *narrow).count(), 4);
    }
}
