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
    assert_eq!(in_words(Range::Day, &some, false), told);
    let so_far = format!("{told} The last bar is not over yet.");
    assert_eq!(in_words(Range::Day, &some, true), so_far);
    assert_eq!(in_words(Range::Day, &buckets(&[]), true), "Last 24 hours: no requests.");
    assert_eq!(
        describe_step(Range::Day, &some[23], true),
        "22 Nov, 05:00–06:00 UTC, so far: 1,204 requests: 1,200 allowed, 4 rate limited"
    );
}

#[test]
fn the_step_that_is_not_over_is_the_last_one() {
    let buckets = buckets(&[]);
    let end = buckets[23].end;
    let days = Range::Days {
        first: 20_779,
        last: 20_779,
        whole: false,
    };
    assert_eq!(running(Range::Day, &buckets, None), Some(23));
    assert_eq!(running(days, &buckets, None), None);
    assert_eq!(running(days, &buckets, Some(end.plus(-1))), Some(23));
    assert_eq!(running(days, &buckets, Some(end)), None);
    assert_eq!(running(Range::Day, &[], None), None);
}

#[test]
fn a_range_of_days_begins_with_a_text() {
    let days = Range::Days {
        first: 20_778,
        last: 20_778,
        whole: false,
    };
    let words: Vec<(usize, String, bool)> = labels(days, &buckets(&[])).collect();
    assert_eq!((words[0].0, words[0].2, words.len()), (0, true, 8));
}

#[test]
fn parts_are_stacked_and_the_smallest_can_be_seen() {
    let counts = buckets(&[(RequestOutcome::Allowed, 1_000), (RequestOutcome::UnknownKey, 1)])[23].counts;
    let parts = parts(&counts, Scale::up_to(1_001), 150.0);
    assert_eq!(parts.len(), 2);
    let (allowed, unknown) = (parts[0], parts[1]);
    assert_eq!(
        (allowed.0, unknown.0),
        (RequestOutcome::Allowed, RequestOutcome::UnknownKey)
    );
    assert!(
        (allowed.1 + allowed.2 + 1.0 - (TOP + 150.0)).abs() < 0.01,
        "{allowed:?}"
    );
    assert!((unknown.2 - LEAST).abs() < 0.01 && (unknown.1 + LEAST - allowed.1).abs() < 0.01);
}

#[test]
fn the_present_step_has_a_text() {
    let words: Vec<(usize, String, bool)> = labels(Range::Day, &buckets(&[])).collect();
    assert_eq!(words.len(), 8);
    assert_eq!(words[7], (23, "05:00".to_owned(), true));
    assert_eq!(words.iter().filter(|(.., narrow)| *narrow).count(), 4);
}
