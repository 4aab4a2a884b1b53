//! Rate limits: a token bucket for each window, by the generic cell rate algorithm (ITU-T I.371), which keeps one number
//! per bucket. A full bucket allows as many requests at once as the limit; then it refills evenly.
//!
//! No library is used, since a request has to count against all windows or none, and "Why denied?" has to
//! read a bucket without counting.
//!
//! Time comes from [`crate::clock::Clock::elapsed`], so setting the machine's clock changes no limit.

use std::sync::{Mutex, PoisonError};

use model::limit::{Limits, Window};

const NANOSECONDS: i64 = 1_000_000;
const WINDOWS: usize = Window::ALL.len();

/// The buckets of one key.
#[derive(Debug)]
pub(super) struct Buckets {
    limits: Limits,
    /// For each window the time at which its bucket is full again, in elapsed nanoseconds.
    full_at: Mutex<[i64; WINDOWS]>,
}

/// How far the limits of a key are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitState {
    windows: [Option<WindowState>; WINDOWS],
    /// Seconds until a refused request would be allowed; `None` when it was.
    pub retry_after: Option<u64>,
    /// The window that refused it.
    pub refused_by: Option<Window>,
}

/// One window of a key's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowState {
    pub window: Window,
    pub limit: u32,
    /// Requests that would be allowed now.
    pub remaining: u32,
    /// Seconds until the bucket is full.
    pub reset: u64,
}

impl RateLimitState {
    /// Shortest window first.
    pub fn windows(&self) -> impl Iterator<Item = WindowState> {
        self.windows.into_iter().flatten()
    }
}

impl Buckets {
    /// Full buckets; `None` without a limit.
    pub(super) fn new(limits: Limits) -> Option<Self> {
        (!limits.is_none()).then(|| Self {
            limits,
            full_at: Mutex::new([0; WINDOWS]),
        })
    }

    /// Copies how far other buckets with equal limits are used up.
    pub(super) fn copy_limit_state_from(&mut self, other: &Self) {
        if self.limits == other.limits {
            let full_at = *other.full_at.lock().unwrap_or_else(PoisonError::into_inner);
            self.full_at = Mutex::new(full_at);
        }
    }

    /// Checks one request at the given milliseconds of the elapsed clock. If all buckets have room and `count`
    /// says so, the request is taken out of each.
    pub(super) fn request(&self, elapsed: i64, count: bool) -> RateLimitState {
        let now = elapsed.saturating_mul(NANOSECONDS);
        let mut kept = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A question only reads, perhaps for another time, and changes nothing.
        let mut full_at = *kept;
        let mut wait = 0;
        let mut refused_by = None;
        for (bucket, full_at) in self.each().zip(full_at.iter_mut()) {
            let Some(bucket) = bucket else { continue };
            *full_at = (*full_at).max(now);
            let missing = bucket.missing(*full_at, now);
            if missing > wait {
                wait = missing;
                refused_by = Some(bucket.window);
            }
        }
        if refused_by.is_none() && count {
            for (bucket, full_at) in self.each().zip(full_at.iter_mut()) {
                *full_at = full_at.saturating_add(bucket.map_or(0, |bucket| bucket.interval));
            }
        }
        if count {
            *kept = full_at;
        }
        let mut windows = [None; WINDOWS];
        for ((bucket, full_at), state) in self.each().zip(full_at).zip(&mut windows) {
            *state = bucket.map(|bucket| bucket.window_state(full_at, now));
        }
        RateLimitState {
            windows,
            retry_after: refused_by.map(|_| seconds(wait)),
            refused_by,
        }
    }

    fn each(&self) -> impl Iterator<Item = Option<Bucket>> {
        let limits = self.limits;
        Window::ALL
            .into_iter()
            .map(move |window| Some(Bucket::new(window, limits.of(window)?)))
    }
}

/// The sizes of a bucket, in nanoseconds.
#[derive(Clone, Copy)]
struct Bucket {
    window: Window,
    limit: u32,
    /// The part that one request takes.
    interval: i64,
}

impl Bucket {
    fn new(window: Window, limit: u32) -> Self {
        let limit = limit.max(1);
        let interval = (window.length() * NANOSECONDS / i64::from(limit)).max(1);
        Self {
            window,
            limit,
            interval,
        }
    }

    /// The content of a full bucket.
    const fn tolerance(&self) -> i64 {
        self.interval.saturating_mul(self.limit as i64)
    }

    /// The time until there is room for one request; 0 or less if there is.
    const fn missing(&self, full_at: i64, now: i64) -> i64 {
        full_at
            .saturating_add(self.interval)
            .saturating_sub(now)
            .saturating_sub(self.tolerance())
    }

    fn window_state(&self, full_at: i64, now: i64) -> WindowState {
        let used = full_at.saturating_sub(now);
        WindowState {
            window: self.window,
            limit: self.limit,
            remaining: u32::try_from((self.tolerance() - used) / self.interval).unwrap_or_default(),
            reset: seconds(used),
        }
    }
}

/// Rounded up, so that a client that comes back then is not refused again.
fn seconds(nanoseconds: i64) -> u64 {
    u64::try_from(nanoseconds)
        .unwrap_or_default()
        .div_ceil(1_000 * NANOSECONDS.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use model::time::{DAY, MINUTE, SECOND};
    use proptest::prelude::*;

    use super::*;

    /// The elapsed clock of a machine that has run for three weeks.
    const START: i64 = 21 * DAY;

    fn buckets(second: Option<u32>, minute: Option<u32>, day: Option<u32>) -> Buckets {
        Buckets::new(Limits { second, minute, day }).unwrap()
    }

    fn allowed(buckets: &Buckets, now: i64) -> bool {
        buckets.request(now, true).refused_by.is_none()
    }

    #[test]
    fn a_full_bucket_lets_the_limit_through_and_then_refills_evenly() {
        let buckets = buckets(None, Some(60), None);
        assert!((0..60).all(|_| allowed(&buckets, START)));
        let refused = buckets.request(START, true);
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
        let refused = buckets.request(START + 2 * SECOND, true);
        assert_eq!(refused.refused_by, Some(Window::Day));
        assert_eq!(refused.retry_after, Some(u64::try_from(DAY / SECOND / 3 - 2).unwrap()));
        let remaining: Vec<u32> = refused.windows().map(|window| window.remaining).collect();
        assert_eq!(remaining, [2, 0]);
    }

    #[test]
    fn to_look_takes_nothing() {
        let buckets = buckets(Some(1), None, None);
        for _ in 0..3 {
            assert_eq!(buckets.request(START, false).refused_by, None);
        }
        assert!(allowed(&buckets, START));
        assert_eq!(buckets.request(START, false).refused_by, Some(Window::Second));
    }

    #[test]
    fn to_look_at_another_time_changes_nothing() {
        let buckets = buckets(None, None, Some(2));
        assert!(allowed(&buckets, START));
        for other in [0, START - DAY, START + 400 * DAY, i64::MAX] {
            buckets.request(other, false);
            let left: Vec<u32> = buckets
                .request(START, false)
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
                if let Some(wait) = buckets.request(now, true).retry_after {
                    now += i64::try_from(wait).unwrap() * SECOND;
                    prop_assert!(allowed(&buckets, now));
                }
            }
        }
    }
}
