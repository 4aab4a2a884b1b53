//! The warning that the address of a client is unknown.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::UnknownAddress;

/// The shortest time between two warnings.
const INTERVAL: Duration = Duration::from_mins(1);

/// Logs at most one warning a minute, since strangers can cause any number of them. Each warning says how many were left out before
/// it.
pub(super) struct AddressLog(Mutex<Logged>);

struct Logged {
    at: Option<Instant>,
    left_out: u64,
}

impl AddressLog {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Logged { at: None, left_out: 0 }))
    }

    pub(super) fn warn(&self, why: UnknownAddress, peer: Option<IpAddr>, now: Instant) {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.at.is_some_and(|at| now.duration_since(at) < INTERVAL) {
            logged.left_out += 1;
            return;
        }
        let left_out = std::mem::take(&mut logged.left_out);
        logged.at = Some(now);
        drop(logged);
        tracing::warn!(proxy = ?peer, left_out, "{why}");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    /// The lines that were logged.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unreadable_address_is_logged_at_most_once_a_minute() {
        let written = Written::default();
        let writer = written.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let (address_log, start) = (AddressLog::new(), Instant::now());
        tracing::subscriber::with_default(log, || {
            for seconds in [0, 1, 59, 60, 61] {
                let now = start + Duration::from_secs(seconds);
                address_log.warn(UnknownAddress::ForwardedFor, "10.0.0.2".parse().ok(), now);
            }
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("could not be read from X-Forwarded-For") && lines[0].contains("10.0.0.2"));
        assert!(
            lines[0].contains("left_out=0") && lines[1].contains("left_out=2"),
            "{text}"
        );
    }
}
