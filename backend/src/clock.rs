//! Time as a parameter, so that tests are exact.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use model::time::Timestamp;

/// Tells what time it is.
pub trait Clock: Debug + Send + Sync {
    fn now(&self) -> Timestamp;

    /// Milliseconds since some fixed point, also while the machine sleeps. Nobody sets it back, as [`Clock::now`] can be.
    fn elapsed(&self) -> i64;
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

    #[cfg(target_os = "linux")]
    fn elapsed(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec
            .saturating_mul(1_000)
            .saturating_add(time.tv_nsec / 1_000_000)
    }

    /// Other systems name this clock otherwise, or have none that runs while the machine sleeps.
    #[cfg(not(target_os = "linux"))]
    fn elapsed(&self) -> i64 {
        self.now().0
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

impl ManualClock {
    pub const fn new(start: Timestamp) -> Self {
        Self(std::sync::atomic::AtomicI64::new(start.0))
    }

    /// Moves on by so many milliseconds.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn elapsed(&self) -> i64 {
        self.now().0
    }
}
