//! Rate limits: a token bucket for each window, by the generic cell rate algorithm (ITU-T I.371), which keeps one number
//! per bucket. A full bucket allows as many requests at once as the limit; then it refills evenly.
//!
//! No library is used, since a request has to count against all windows or none, and "Why denied?" has to
//! read a bucket without counting.
//!
//! Time comes from [`crate::clock::Clock::elapsed`], so setting the machine's clock changes no limit.
//!
//! Several nodes share the buckets, see [`super::share`]. A node alone has nothing to share, and counts as above.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::limit::{Limits, Window};

use super::share::{Counted, PeerNumber, Peers, Shared};

/// In a millisecond.
pub(super) const NANOSECONDS: i64 = 1_000_000;
pub(super) const WINDOWS: usize = Window::ALL.len();

/// The buckets of one key.
#[derive(Debug)]
pub(super) struct Buckets {
    limits: Limits,
    state: Mutex<BucketState>,
}

#[derive(Debug, Default)]
struct BucketState {
    /// For each window the time at which its bucket is full again, in elapsed nanoseconds. With several nodes, this
    /// includes what this node assumes about the others.
    full_at: [i64; WINDOWS],
    /// `None` on a node that is alone, and for a key without requests since others are there.
    shared: Option<Box<Shared>>,
}

/// How far the limits of a key are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitState {
    windows: [Option<WindowState>; WINDOWS],
    /// Seconds until a refused request would be allowed; `None` when it was.
    pub retry_after: Option<u64>,
    /// The window that refused it.
    pub refused_by: Option<Window>,
    /// Whether this is the first request since this node last reported the key to the others.
    pub(super) is_first: bool,
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
            state: Mutex::default(),
        })
    }

    /// Goes on from other buckets of the key. With other limits, the buckets are full.
    pub(super) fn copy_limit_state_from(&mut self, other: &Self) {
        let mut former = other.lock();
        let mut shared = former.shared.take().map(Shared::moved);
        let full_at = if self.limits == other.limits {
            former.full_at
        } else {
            let peers = shared.as_ref().map_or(1, |shared| shared.nodes());
            if let Some(shared) = &mut shared {
                shared.known = [0; WINDOWS];
                shared.cost = self.equal_cost(peers);
            }
            [0; WINDOWS]
        };
        drop(former);
        self.state = Mutex::new(BucketState { full_at, shared });
    }

    /// Checks one request at the given milliseconds of the elapsed clock. If all buckets have room and `count`
    /// says so, the request is taken out of each. `nodes` is the number of nodes that share the limits.
    pub(super) fn request(&self, elapsed: i64, count: bool, nodes: u32) -> RateLimitState {
        let now = elapsed.saturating_mul(NANOSECONDS);
        let mut state = self.lock();
        if nodes <= 1 {
            state.forget_others();
        } else if count && state.shared.is_none() {
            let shared = Shared::new(state.full_at, self.equal_cost(nodes));
            state.shared = Some(Box::new(shared));
        }
        // A question only reads, perhaps for another time, and changes nothing.
        let mut full_at = state.full_at;
        let mut known = state.shared.as_ref().map_or(full_at, |shared| shared.known);
        let mut wait = 0;
        let mut refused_by = None;
        let mut refusing = [false; WINDOWS];
        let places = full_at.iter_mut().zip(&mut known).zip(&mut refusing);
        for (bucket, ((full_at, known), refuses)) in self.each().zip(places) {
            let Some(bucket) = bucket else { continue };
            *full_at = (*full_at).max(now);
            *known = (*known).max(now);
            if bucket.missing(*full_at, now) > 0 {
                *refuses = true;
                // What this node assumes about the others is corrected in a moment, so nobody has to wait for it.
                let missing = bucket.missing(*known, now).max(1);
                if missing > wait {
                    wait = missing;
                    refused_by = Some(bucket.window);
                }
            }
        }
        let allowed = refused_by.is_none();
        if allowed && count {
            let cost = state.shared.as_ref().map(|shared| shared.cost);
            let places = full_at.iter_mut().zip(&mut known).enumerate();
            for (bucket, (at, (full_at, known))) in self.each().zip(places) {
                let Some(bucket) = bucket else { continue };
                *known = known.saturating_add(bucket.interval);
                let cost = cost.and_then(|cost| cost.get(at).copied());
                *full_at = full_at.saturating_add(cost.unwrap_or(bucket.interval));
            }
        }
        let mut is_first = false;
        if count {
            state.full_at = full_at;
            if let Some(shared) = &mut state.shared {
                shared.known = known;
                is_first = shared.count(allowed, elapsed);
            }
        }
        drop(state);
        let mut windows = [None; WINDOWS];
        let states = known.into_iter().zip(refusing).zip(&mut windows);
        for (bucket, ((known, refuses), state)) in self.each().zip(states) {
            *state = bucket.map(|bucket| bucket.window_state(known, now, refuses));
        }
        RateLimitState {
            windows,
            retry_after: refused_by.map(|_| seconds(wait)),
            refused_by,
            is_first,
        }
    }

    /// Requests since the last report to the other nodes; `None` if there is nothing to report.
    pub(super) fn asked(&self) -> Option<u32> {
        self.lock().shared.as_ref()?.asked()
    }

    /// Takes what is to be reported to the other nodes.
    pub(super) fn take_report(&self, elapsed: i64) -> Option<Counted> {
        self.lock().shared.as_mut()?.take_report(elapsed)
    }

    /// Notes that the key is to be reported to the other nodes. Answers whether that is new.
    pub(super) fn mark(&self, elapsed: i64) -> bool {
        let mut state = self.lock();
        state.shared.as_mut().is_some_and(|shared| shared.mark(elapsed))
    }

    /// Adds the report of another node. Answers whether this node should report the key, too, and has not noted that yet.
    pub(super) fn hear(&self, from: PeerNumber, report: &Counted, backlog: bool, nodes: u32, elapsed: i64) -> bool {
        let mut state = self.lock();
        let known = state.full_at;
        let shared = state
            .shared
            .get_or_insert_with(|| Box::new(Shared::new(known, self.equal_cost(nodes))));
        shared.hear(from, report, backlog, &self.all(), elapsed) && shared.mark(elapsed)
    }

    /// Computes this node's share anew, from all that is known.
    pub(super) fn share_out(&self, peers: &Peers, elapsed: i64) {
        let mut state = self.lock();
        if let Some(shared) = &mut state.shared {
            shared.share_out(&self.all(), peers, elapsed);
            state.full_at = shared.known;
        }
    }

    /// What a request takes out of each bucket if this many nodes have equal shares.
    fn equal_cost(&self, nodes: u32) -> [i64; WINDOWS] {
        self.all()
            .map(|bucket| bucket.map_or(0, |bucket| bucket.part(nodes.into(), 1)))
    }

    fn all(&self) -> [Option<Bucket>; WINDOWS] {
        Window::ALL.map(|window| Some(Bucket::new(window, self.limits.of(window)?)))
    }

    fn each(&self) -> impl Iterator<Item = Option<Bucket>> + use<> {
        let limits = self.limits;
        Window::ALL
            .into_iter()
            .map(move |window| Some(Bucket::new(window, limits.of(window)?)))
    }

    fn lock(&self) -> MutexGuard<'_, BucketState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BucketState {
    /// Goes on alone, with all requests that are known.
    fn forget_others(&mut self) {
        if let Some(shared) = self.shared.take() {
            self.full_at = shared.known;
        }
    }
}

/// The sizes of a bucket, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    window: Window,
    limit: u32,
    /// The part that one request takes.
    pub(super) interval: i64,
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
    pub(super) const fn tolerance(&self) -> i64 {
        self.interval.saturating_mul(self.limit as i64)
    }

    /// The limit, in requests per 1,000 s.
    pub(super) fn rate(&self) -> i64 {
        i64::from(self.limit) * 1_000_000 / self.window.length()
    }

    /// The part that a request takes, times a quotient; at most the whole bucket.
    pub(super) fn part(&self, times: i64, of: i64) -> i64 {
        let part = i128::from(self.interval) * i128::from(times) / i128::from(of.max(1));
        i64::try_from(part).unwrap_or(i64::MAX).min(self.tolerance())
    }

    /// The time until there is room for one request; 0 or less if there is.
    const fn missing(&self, full_at: i64, now: i64) -> i64 {
        full_at
            .saturating_add(self.interval)
            .saturating_sub(now)
            .saturating_sub(self.tolerance())
    }

    /// `refuses` says that there is no room for a request, whatever is left by the requests that are known.
    fn window_state(&self, full_at: i64, now: i64, refuses: bool) -> WindowState {
        let used = full_at.saturating_sub(now);
        let left = if refuses { 0 } else { self.tolerance() - used };
        WindowState {
            window: self.window,
            limit: self.limit,
            remaining: u32::try_from(left / self.interval).unwrap_or_default(),
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
}
