//! Rate limits: a token bucket for each window, by the generic cell rate algorithm (ITU-T I.371), which keeps one number
//! per bucket. A full bucket allows as many requests at once as the limit; then it refills evenly.
//!
//! No library is used, since a request has to count against all windows or none, and "Why denied?" has to
//! read a bucket without counting.
//!
//! Time comes from [`crate::clock::Clock::elapsed`], so setting the machine's clock changes no limit.
//!
//! Several nodes share the buckets, see [`super::share`]. A node alone has nothing to share, and counts as above.

pub(super) mod with_customer;

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::limit::{Limits, Window};

use super::share::{Counted, PeerNumber, Peers, Shared};

/// In a millisecond.
pub(super) const NANOSECONDS: i64 = 1_000_000;
pub(super) const WINDOWS: usize = Window::ALL.len();

/// The buckets of one key, or of one customer.
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

/// How far the limits of a key and of its customer are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitState {
    windows: [Option<WindowState>; WINDOWS],
    customer_windows: [Option<WindowState>; WINDOWS],
    /// Seconds until a refused request would be allowed; `None` when it was.
    pub retry_after: Option<u64>,
    /// The window that refused it.
    pub refused_by: Option<Window>,
    /// Whether that window is one of the customer's.
    pub refused_by_customer: bool,
    /// Whether this is the first request since this node last reported the key to the others.
    pub(super) is_first: bool,
    /// Whether this is the first request since this node last reported the customer to the others.
    pub(super) is_first_of_customer: bool,
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
    /// The windows of the key, shortest first.
    pub fn windows(&self) -> impl Iterator<Item = WindowState> {
        self.windows.into_iter().flatten()
    }

    /// The windows that the keys of the customer share, shortest first.
    pub fn customer_windows(&self) -> impl Iterator<Item = WindowState> {
        self.customer_windows.into_iter().flatten()
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
                shared.cost = equal_cost(&self.all(), peers);
            }
            [0; WINDOWS]
        };
        drop(former);
        self.state = Mutex::new(BucketState { full_at, shared });
    }

    /// Checks one request at the given milliseconds of the elapsed clock. If all buckets have room and `count`
    /// says so, the request is taken out of each. `nodes` is the number of nodes that share the limits.
    #[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
    #[inline(always)]
    pub(super) fn request(&self, elapsed: i64, count: bool, nodes: u32) -> RateLimitState {
        let pending = self.begin(elapsed, count, nodes);
        let allowed = pending.has_room();
        pending.finish(allowed)
    }

    /// Looks whether all buckets have room for one request, and keeps them locked until it is known whether the request is allowed.
    #[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
    #[inline(always)]
    fn begin(&self, elapsed: i64, count: bool, nodes: u32) -> Pending<'_> {
        let now = elapsed.saturating_mul(NANOSECONDS);
        let buckets = self.all();
        let mut state = self.lock();
        if nodes <= 1 {
            state.forget_others();
        } else if count && state.shared.is_none() {
            state.shared = Some(Box::new(Shared::new(state.full_at, equal_cost(&buckets, nodes))));
        }
        // A question only reads, perhaps for another time, and changes nothing.
        let mut full_at = state.full_at;
        let refused = missing(&buckets, &mut full_at, now);
        Pending {
            state,
            buckets,
            full_at,
            refused,
            elapsed,
            count,
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
        let buckets = self.all();
        let mut state = self.lock();
        let known = state.full_at;
        let shared = state
            .shared
            .get_or_insert_with(|| Box::new(Shared::new(known, equal_cost(&buckets, nodes))));
        shared.hear(from, report, backlog, &buckets, elapsed) && shared.mark(elapsed)
    }

    /// Computes this node's share anew, from all that is known.
    pub(super) fn share_out(&self, peers: &Peers, elapsed: i64) {
        let mut state = self.lock();
        if let Some(shared) = &mut state.shared {
            shared.share_out(&self.all(), peers, elapsed);
            state.full_at = shared.known;
        }
    }

    #[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
    #[inline(always)]
    fn all(&self) -> [Option<Bucket>; WINDOWS] {
        Window::ALL.map(|window| Some(Bucket::new(window, self.limits.of(window)?)))
    }

    #[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
    #[inline(always)]
    fn lock(&self) -> MutexGuard<'_, BucketState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being checked.
struct Pending<'a> {
    state: MutexGuard<'a, BucketState>,
    buckets: [Option<Bucket>; WINDOWS],
    /// When each bucket is full again, not before now.
    full_at: [i64; WINDOWS],
    refused: Option<(Window, i64)>,
    elapsed: i64,
    count: bool,
}

impl Pending<'_> {
    const fn has_room(&self) -> bool {
        self.refused.is_none()
    }

    /// Takes the request out of each bucket if it is allowed and counts.
    #[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
    #[inline(always)]
    fn finish(self, allowed: bool) -> RateLimitState {
        let Self {
            mut state,
            buckets,
            mut full_at,
            refused,
            elapsed,
            count,
        } = self;
        let now = elapsed.saturating_mul(NANOSECONDS);
        if state.shared.is_some() {
            return state.request_shared(&buckets, (full_at, refused), elapsed, (count, allowed));
        }
        if allowed && count {
            take(&buckets, &mut full_at);
        }
        if count {
            state.full_at = full_at;
        }
        drop(state);
        RateLimitState {
            windows: window_states(&buckets, full_at, now),
            customer_windows: [None; WINDOWS],
            retry_after: refused.map(|(_, wait)| seconds(wait)),
            refused_by: refused.map(|(window, _)| window),
            refused_by_customer: false,
            is_first: false,
            is_first_of_customer: false,
        }
    }
}

impl BucketState {
    /// Goes on alone, with all requests that are known.
    fn forget_others(&mut self) {
        if let Some(shared) = self.shared.take() {
            self.full_at = shared.known;
        }
    }

    /// Checks one request on one of several nodes. `full_at` and `refused` are what this node assumes.
    fn request_shared(
        &mut self,
        buckets: &[Option<Bucket>; WINDOWS],
        (mut full_at, refused): ([i64; WINDOWS], Option<(Window, i64)>),
        elapsed: i64,
        (count, allowed): (bool, bool),
    ) -> RateLimitState {
        let now = elapsed.saturating_mul(NANOSECONDS);
        let mut known = self.shared.as_ref().map_or(full_at, |shared| shared.known);
        // What this node assumes about the others is corrected in a moment, so nobody has to wait for it.
        let wait = missing(buckets, &mut known, now).map_or(1, |(_, wait)| wait);
        let refusing = full_at;
        if allowed && count {
            take(buckets, &mut known);
            let cost = self.shared.as_ref().map_or([0; WINDOWS], |shared| shared.cost);
            for (full_at, cost) in full_at.iter_mut().zip(cost) {
                *full_at = full_at.saturating_add(cost);
            }
        }
        let mut is_first = false;
        if count {
            self.full_at = full_at;
            if let Some(shared) = &mut self.shared {
                shared.known = known;
                is_first = shared.count(allowed, elapsed);
            }
        }
        let mut windows = window_states(buckets, known, now);
        for ((bucket, full_at), state) in buckets.iter().zip(refusing).zip(&mut windows) {
            if let (Some(bucket), Some(state)) = (bucket, state)
                && bucket.missing(full_at, now) > 0
            {
                state.remaining = 0;
            }
        }
        RateLimitState {
            windows,
            customer_windows: [None; WINDOWS],
            retry_after: refused.map(|_| seconds(wait)),
            refused_by: refused.map(|(window, _)| window),
            refused_by_customer: false,
            is_first,
            is_first_of_customer: false,
        }
    }
}

/// The window without room that takes longest, and how long that is. No bucket is more than full.
#[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
#[inline(always)]
fn missing(buckets: &[Option<Bucket>; WINDOWS], full_at: &mut [i64; WINDOWS], now: i64) -> Option<(Window, i64)> {
    let mut refused = None;
    let mut longest = 0;
    for (bucket, full_at) in buckets.iter().zip(full_at) {
        let Some(bucket) = bucket else { continue };
        *full_at = (*full_at).max(now);
        let missing = bucket.missing(*full_at, now);
        if missing > longest {
            longest = missing;
            refused = Some((bucket.window, missing));
        }
    }
    refused
}

/// Takes one request out of each bucket.
#[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
#[inline(always)]
fn take(buckets: &[Option<Bucket>; WINDOWS], full_at: &mut [i64; WINDOWS]) {
    for (bucket, full_at) in buckets.iter().zip(full_at) {
        if let Some(bucket) = bucket {
            *full_at = full_at.saturating_add(bucket.interval);
        }
    }
}

#[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
#[inline(always)]
fn window_states(
    buckets: &[Option<Bucket>; WINDOWS],
    full_at: [i64; WINDOWS],
    now: i64,
) -> [Option<WindowState>; WINDOWS] {
    let mut windows = [None; WINDOWS];
    for ((bucket, full_at), state) in buckets.iter().zip(full_at).zip(&mut windows) {
        *state = bucket.as_ref().map(|bucket| bucket.window_state(full_at, now));
    }
    windows
}

/// What a request takes out of each bucket if this many nodes have equal shares.
fn equal_cost(buckets: &[Option<Bucket>; WINDOWS], nodes: u32) -> [i64; WINDOWS] {
    buckets.map(|bucket| bucket.map_or(0, |bucket| bucket.part(nodes.into(), 1)))
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
mod tests;
