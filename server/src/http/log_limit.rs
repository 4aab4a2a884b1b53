//! Lines in the log that strangers can cause: a few a minute, and the next one tells how many were left out. Whoever sends
//! the same a million times would otherwise fill the disk, and hide what else is in the log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines of one kind in a minute.
const EACH: u32 = 10;
const MINUTE: Duration = Duration::from_mins(1);

/// Logs as the macro of that name does, a few times a minute for each place in the code: `log_limited!(warn, %error, "…")`.
macro_rules! log_limited {
    ($level:ident, $($fields:tt)*) => {{
        static LOGGED: $crate::http::log_limit::LogLimit = $crate::http::log_limit::LogLimit::new();
        if let Some(left_out) = LOGGED.take() {
            tracing::$level!(left_out, $($fields)*);
        }
    }};
}
pub(super) use log_limited;

/// How much was logged lately, of one kind.
#[derive(Debug)]
pub(super) struct LogLimit(Mutex<Logged>);

#[derive(Debug)]
struct Logged {
    since: Option<Instant>,
    count: u32,
    left_out: u64,
}

impl LogLimit {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Logged {
            since: None,
            count: 0,
            left_out: 0,
        }))
    }

    /// Whether one more may be logged, and how many were left out before it.
    pub(super) fn take(&self) -> Option<u64> {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> Option<u64> {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = logged.since.is_none_or(|since| now.duration_since(since) >= MINUTE);
        if fresh {
            logged.since = Some(now);
            logged.count = 0;
        }
        if logged.count == EACH {
            logged.left_out += 1;
            return None;
        }
        logged.count += 1;
        Some(std::mem::take(&mut logged.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_are_logged_and_the_next_tells_of_the_rest() {
        let limit = LogLimit::new();
        let start = Instant::now();
        for _ in 0..EACH {
            assert_eq!(limit.take_at(start), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(limit.take_at(start), None);
        }
        assert_eq!(limit.take_at(start + MINUTE), Some(5));
        assert_eq!(limit.take_at(start + MINUTE), Some(0));
    }
}
