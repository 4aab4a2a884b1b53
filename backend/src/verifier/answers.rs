//! Counts the answers to gateways, for the metrics. Counting takes no lock and no allocation: each thread has counters of its own,
//! and a scrape adds them up.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use model::verify::Code;

/// Upper bounds of the buckets of latency, in nanoseconds.
pub const LATENCY_BOUNDS: [u64; 14] = [
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    10_000_000,
    50_000_000,
    250_000_000,
    1_000_000_000,
];
/// One bucket for each bound, and one for everything slower.
const BUCKETS: usize = LATENCY_BOUNDS.len() + 1;

/// A way in which gateways ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Verify,
    Authorize,
}

/// The result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerResult {
    Decided(Code),
    /// The request has no key.
    KeyMissing,
    /// The request is malformed, too large, or did not arrive in time.
    BadRequest,
    /// This node does not answer gateways at present.
    Unavailable,
    /// Latchkey itself failed.
    Failed,
}

/// The number of different results.
const RESULTS: usize = AnswerResult::UNDECIDED.len() + Code::ALL.len();

/// The answers since the process started.
pub struct AnswerCounts {
    /// The counters that belong to one thread each, by its number.
    own: Box<[Counters]>,
    /// The counters of all other threads.
    shared: Counters,
}

/// The counters of a thread. Two processor cores never write to the same pair of cache lines, which are fetched together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counters([RouteCounters; Route::ALL.len()]);

#[derive(Debug, Default)]
struct RouteCounters {
    /// The number of answers, by result and by bucket of latency.
    answers: [[AtomicU64; BUCKETS]; RESULTS],
    /// The latency of all answers together, in nanoseconds.
    nanoseconds: AtomicU64,
}

/// The counts of one route, added up over all threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteTotals {
    answers: [[u64; BUCKETS]; RESULTS],
    /// The latency of all answers together, in nanoseconds.
    pub nanoseconds: u64,
}

impl Route {
    pub const ALL: [Self; 2] = [Self::Verify, Self::Authorize];

    /// The word in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Authorize => "authorize",
        }
    }
}

impl AnswerResult {
    /// The results of requests that are not decided.
    const UNDECIDED: [Self; 4] = [Self::KeyMissing, Self::BadRequest, Self::Unavailable, Self::Failed];

    /// All results.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::UNDECIDED
            .into_iter()
            .chain(Code::ALL.into_iter().map(Self::Decided))
    }

    /// The word in the metrics. Decisions have the code of the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decided(code) => code.as_str(),
            Self::KeyMissing => "API_KEY_MISSING",
            Self::BadRequest => "BAD_REQUEST",
            Self::Unavailable => "UNAVAILABLE",
            Self::Failed => "FAILED_INTERNALLY",
        }
    }

    /// Its place in [`AnswerResult::all`].
    const fn index(self) -> usize {
        match self {
            Self::KeyMissing => 0,
            Self::BadRequest => 1,
            Self::Unavailable => 2,
            Self::Failed => 3,
            Self::Decided(code) => Self::UNDECIDED.len() + code as usize,
        }
    }
}

impl Default for AnswerCounts {
    fn default() -> Self {
        // As many as the runtime of the verifier has threads.
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self {
            own: (0..threads).map(|_| Counters::default()).collect(),
            shared: Counters::default(),
        }
    }
}

impl fmt::Debug for AnswerCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnswerCounts").finish_non_exhaustive()
    }
}

impl AnswerCounts {
    /// Counts an answer.
    pub fn count(&self, route: Route, result: AnswerResult, took: Duration) {
        let nanoseconds = took
            .as_secs()
            .saturating_mul(1_000_000_000)
            .saturating_add(u64::from(took.subsec_nanos()));
        let bucket = LATENCY_BOUNDS
            .iter()
            .position(|bound| nanoseconds <= *bound)
            .unwrap_or(LATENCY_BOUNDS.len());
        if let Some(counters) = self.own.get(thread_number()) {
            // No other thread writes to these, so they need no atomic addition, which takes several times as long.
            let counters = &counters.0[route as usize];
            add(&counters.answers[result.index()][bucket], 1);
            add(&counters.nanoseconds, nanoseconds);
        } else {
            let counters = &self.shared.0[route as usize];
            counters.answers[result.index()][bucket].fetch_add(1, Ordering::Relaxed);
            counters.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }

    /// Adds up the counts of all threads.
    pub fn totals(&self, route: Route) -> RouteTotals {
        let mut totals = RouteTotals::default();
        for counters in self.own.iter().chain([&self.shared]) {
            let counters = &counters.0[route as usize];
            for (total, count) in totals
                .answers
                .iter_mut()
                .flatten()
                .zip(counters.answers.iter().flatten())
            {
                *total += count.load(Ordering::Relaxed);
            }
            totals.nanoseconds = totals
                .nanoseconds
                .wrapping_add(counters.nanoseconds.load(Ordering::Relaxed));
        }
        totals
    }
}

impl RouteTotals {
    /// The number of answers with this result.
    pub fn answers(&self, result: AnswerResult) -> u64 {
        self.answers[result.index()].iter().sum()
    }

    /// The number of answers in each bucket of latency: one for each of [`LATENCY_BOUNDS`], and then the slower ones.
    pub fn by_latency(&self) -> [u64; BUCKETS] {
        let mut sums = [0; BUCKETS];
        for buckets in &self.answers {
            for (sum, count) in sums.iter_mut().zip(buckets) {
                *sum += count;
            }
        }
        sums
    }
}

/// Adds to a counter that only this thread writes to.
fn add(counter: &AtomicU64, number: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
}

/// The numbers of the threads that count.
#[derive(Debug)]
struct ThreadNumbers {
    /// Numbers of threads that have ended.
    free: Vec<usize>,
    /// The lowest number that no thread has had.
    next: usize,
}

static NUMBERS: Mutex<ThreadNumbers> = Mutex::new(ThreadNumbers {
    free: Vec::new(),
    next: 0,
});

/// The number of a thread, which no other living thread has.
struct ThreadNumber(usize);

thread_local! {
    static NUMBER: ThreadNumber = ThreadNumber::take();
}

impl ThreadNumber {
    fn take() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        Self(numbers.free.pop().unwrap_or_else(|| {
            numbers.next += 1;
            numbers.next - 1
        }))
    }
}

impl Drop for ThreadNumber {
    /// The next thread with this number sees all that this thread has counted, since it takes the number under the same lock.
    fn drop(&mut self) {
        NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).free.push(self.0);
    }
}

/// The number of this thread. A thread that is ending has none and uses the shared counters.
fn thread_number() -> usize {
    NUMBER.try_with(|number| number.0).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_result_has_a_place_and_a_word_of_its_own() {
        let places: Vec<usize> = AnswerResult::all().map(AnswerResult::index).collect();
        assert_eq!(places, (0..RESULTS).collect::<Vec<_>>());
        let words: HashSet<&str> = AnswerResult::all().map(AnswerResult::as_str).collect();
        assert_eq!(words.len(), RESULTS);
    }

    #[test]
    fn an_answer_counts_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let counts = AnswerCounts::default();
        for (nanoseconds, bucket) in [(0, 0), (2_500, 0), (2_501, 1), (1_000_000_000, 13), (1_000_000_001, 14)] {
            let before = counts.totals(Route::Verify).by_latency()[bucket];
            counts.count(
                Route::Verify,
                AnswerResult::BadRequest,
                Duration::from_nanos(nanoseconds),
            );
            let totals = counts.totals(Route::Verify);
            assert_eq!(totals.by_latency()[bucket], before + 1, "{nanoseconds} ns");
        }
        let totals = counts.totals(Route::Verify);
        assert_eq!(totals.answers(AnswerResult::BadRequest), 5);
        assert_eq!(totals.answers(AnswerResult::Decided(Code::Valid)), 0);
        assert_eq!(totals.nanoseconds, 2_500 + 2_501 + 1_000_000_000 + 1_000_000_001);
        assert_eq!(counts.totals(Route::Authorize), RouteTotals::default());
    }

    #[test]
    fn no_answer_of_many_threads_is_lost() {
        const THREADS: usize = 40;
        const ANSWERS: u64 = 20_000;
        let counts = AnswerCounts::default();
        // Threads also end and begin meanwhile, so that numbers are used again.
        for _ in 0..3 {
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        for _ in 0..ANSWERS {
                            let result = AnswerResult::Decided(Code::Valid);
                            counts.count(Route::Authorize, result, Duration::from_nanos(1));
                        }
                    });
                }
            });
        }
        let all = 3 * THREADS as u64 * ANSWERS;
        let totals = counts.totals(Route::Authorize);
        assert_eq!(totals.answers(AnswerResult::Decided(Code::Valid)), all);
        assert_eq!(totals.nanoseconds, all);
    }
}
