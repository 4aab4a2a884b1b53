//! A rate limit for log lines that strangers can cause. Without it, a million bad requests would fill the disk and hide the rest of
//! the log. The next logged line says how many lines were left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number of lines of one kind that are logged in a minute.
const LINES_PER_MINUTE: u32 = 10;
const MINUTE: Duration = Duration::from_mins(1);

/// Logs like the `tracing` macro of the given level, at a limited rate for each place in the code:
/// `log_limited!(warn, %error, "…")`.
macro_rules! log_limited {
    ($level:ident, $($fields:tt)*) => {{
        static LOGGED: $crate::http::log_limit::LogLimit = $crate::http::log_limit::LogLimit::new();
        if let Some(left_out) = LOGGED.allow() {
            tracing::$level!(left_out, $($fields)*);
        }
    }};
}
pub(super) use log_limited;

/// Counts the recent log lines of one kind.
#[derive(Debug)]
pub(super) struct LogLimit(Mutex<Logged>);

#[derive(Debug)]
struct Logged {
    /// The time at which the present minute began.
    since: Option<Instant>,
    count: u32,
    /// The number of lines left out since the last logged line.
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

    /// Decides whether a line is logged. Returns the number of lines left out before it, or `None` if this line must be left out.
    pub(super) fn allow(&self) -> Option<u64> {
        self.allow_at(Instant::now())
    }

    fn allow_at(&self, now: Instant) -> Option<u64> {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new_minute = logged.since.is_none_or(|since| now.duration_since(since) >= MINUTE);
        if is_new_minute {
            logged.since = Some(now);
            logged.count = 0;
        }
        if logged.count == LINES_PER_MINUTE {
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
    fn ten_lines_a_minute_are_logged_and_the_next_says_how_many_were_left_out() {
        let limit = LogLimit::new();
        let start = Instant::now();
        for _ in 0..LINES_PER_MINUTE {
            assert_eq!(limit.allow_at(start), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(limit.allow_at(start), None);
        }
        assert_eq!(limit.allow_at(start + MINUTE), Some(5));
        assert_eq!(limit.allow_at(start + MINUTE), Some(0));
    }
}
