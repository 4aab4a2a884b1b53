//! Time as a parameter, so that tests are exact.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use model::time::{HOUR, Timestamp};

/// Tells what time it is.
pub trait Clock: Debug + Send + Sync {
    fn now(&self) -> Timestamp;

    /// Milliseconds since some fixed point; they also pass while the machine sleeps. Unlike [`Clock::now`], this clock
    /// cannot be set back.
    fn elapsed(&self) -> i64;

    /// The time on the database's clock, when the database has told `told`. Only tests have another one than it told.
    fn of_database(&self, told: Timestamp) -> Timestamp {
        told
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    #[cfg(unix)]
    fn elapsed(&self) -> i64 {
        let time = rustix::time::clock_gettime(STEADY);
        time.tv_sec
            .saturating_mul(1_000)
            .saturating_add(time.tv_nsec / 1_000_000)
    }

    /// Milliseconds since the first call.
    #[cfg(not(unix))]
    fn elapsed(&self) -> i64 {
        static FIRST: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        i64::try_from(FIRST.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(target_os = "linux")]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Boottime;
/// Other systems have no clock of that name. Where their monotonic clock stops while the machine sleeps, that time is
/// not measured.
#[cfg(all(unix, not(target_os = "linux")))]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// Clocks that stand still until they are moved, for tests.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    elapsed: AtomicI64,
    database: AtomicI64,
}

impl ManualClock {
    pub const fn new(start: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(start.0),
            // Differs from `now`, as on a real machine, so that tests find code that takes one clock for the other.
            elapsed: AtomicI64::new(HOUR),
            database: AtomicI64::new(start.0),
        }
    }

    /// Lets this many milliseconds pass on all clocks.
    pub fn advance(&self, milliseconds: i64) {
        self.set_forward(milliseconds);
        self.set_database_forward(milliseconds);
        self.elapsed.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Sets the clock forward, or back where the milliseconds are negative. No time passes.
    pub fn set_forward(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Sets the database's clock forward, or back where the milliseconds are negative. No time passes.
    pub fn set_database_forward(&self, milliseconds: i64) {
        self.database.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> i64 {
        self.elapsed.load(Ordering::SeqCst)
    }

    fn of_database(&self, _: Timestamp) -> Timestamp {
        Timestamp(self.database.load(Ordering::SeqCst))
    }
}
