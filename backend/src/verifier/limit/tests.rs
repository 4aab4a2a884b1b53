use model::time::{DAY, MINUTE, SECOND};
use proptest::prelude::*;

use super::*;

/// The elapsed clock of a machine that has run for three weeks.
const START: i64 = 21 * DAY;

fn buckets(second: Option<u32>, minute: Option<u32>, day: Option<u32>) -> Buckets {
    Buckets::new(Limits { second, minute, day }).unwrap()
}

fn allowed(buckets: &Buckets, now: i64) -> bool {
    buckets.request(now, true, 1).refused_by.is_none()
}

#[test]
fn a_full_bucket_lets_the_limit_through_and_then_refills_evenly() {
    let buckets = buckets(None, Some(60), None);
    assert!((0..60).all(|_| allowed(&buckets, START)));
    let refused = buckets.request(START, true, 1);
    assert_eq!(
        (refused.refused_by, refused.retry_after),
        (Some(Window::Minute), Some(1))
    );
    assert!(!allowed(&buckets, START + SECOND - 1));
    assert!(allowed(&buckets, START + SECOND));
    assert!(!allowed(&buckets, START + SECOND));
    assert!((0..60).all(|_| allowed(&buckets, START + SECOND + MINUTE)));
}

#[test]
fn a_request_counts_against_all_windows_or_none() {
    let buckets = buckets(Some(2), None, Some(3));
    assert!(allowed(&buckets, START) && allowed(&buckets, START));
    // Refused by the limit per second, so the day keeps its last request.
    assert!(!allowed(&buckets, START));
    assert!(allowed(&buckets, START + SECOND));
    let refused = buckets.request(START + 2 * SECOND, true, 1);
    assert_eq!(refused.refused_by, Some(Window::Day));
    assert_eq!(refused.retry_after, Some(u64::try_from(DAY / SECOND / 3 - 2).unwrap()));
    let remaining: Vec<u32> = refused.windows().map(|window| window.remaining).collect();
    assert_eq!(remaining, [2, 0]);
}

#[test]
fn to_look_takes_nothing() {
    let buckets = buckets(Some(1), None, None);
    for _ in 0..3 {
        assert_eq!(buckets.request(START, false, 1).refused_by, None);
    }
    assert!(allowed(&buckets, START));
    assert_eq!(buckets.request(START, false, 1).refused_by, Some(Window::Second));
}

#[test]
fn to_look_at_another_time_changes_nothing() {
    let buckets = buckets(None, None, Some(2));
    assert!(allowed(&buckets, START));
    for other in [0, START - DAY, START + 400 * DAY, i64::MAX] {
        buckets.request(other, false, 1);
        let left: Vec<u32> = buckets
            .request(START, false, 1)
            .windows()
            .map(|window| window.remaining)
            .collect();
        assert_eq!(left, [1], "{other:?}");
    }
    assert!(allowed(&buckets, START) && !allowed(&buckets, START));
}

#[test]
fn the_same_limits_go_on_and_others_start_afresh() {
    let used = buckets(Some(1), None, None);
    assert!(allowed(&used, START));
    let (mut same, mut other) = (buckets(Some(1), None, None), buckets(Some(2), None, None));
    same.copy_limit_state_from(&used);
    other.copy_limit_state_from(&used);
    assert!(!allowed(&same, START) && allowed(&other, START));
}

proptest! {
    /// However requests come, at most twice the limit is allowed within the length of a window.
    #[test]
    fn the_limit_holds(limit in 1..50u32, gaps in prop::collection::vec(0..400i64, 1..400)) {
        let buckets = buckets(Some(limit), None, None);
        let mut now = START;
        let mut passed: Vec<i64> = Vec::new();
        for gap in gaps {
            now += gap;
            if allowed(&buckets, now) {
                passed.push(now);
            }
        }
        for (index, first) in passed.iter().enumerate() {
            let within = passed[index..].iter().take_while(|at| **at < first + SECOND).count();
            prop_assert!(within <= 2 * limit as usize);
        }
    }

    #[test]
    fn a_steady_rate_below_the_limit_passes(limit in 1..1000u32, requests in 1..200i64) {
        let buckets = buckets(Some(limit), None, None);
        let gap = SECOND / i64::from(limit) + 1;
        for index in 0..requests {
            prop_assert!(allowed(&buckets, START + index * gap));
        }
    }

    #[test]
    fn who_comes_back_when_told_to_is_let_in(limit in 1..1_000_000_000u32, minute in 1..100_000u32, taken in 0..2_000u32) {
        let buckets = buckets(Some(limit), Some(minute), None);
        let mut now = START;
        for _ in 0..taken {
            if let Some(wait) = buckets.request(now, true, 1).retry_after {
                now += i64::try_from(wait).unwrap() * SECOND;
                prop_assert!(allowed(&buckets, now));
            }
        }
    }
}
