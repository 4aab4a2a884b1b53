//! One connection of a listener: what it does, since when, and whether it must close.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

/// One connection of a listener.
#[derive(Debug)]
pub(super) struct Connection {
    peer: SocketAddr,
    /// When the listener started.
    listening_since: Instant,
    /// The activity, in the two lowest bits, and the time at which it began in milliseconds, in the other bits. This is one number,
    /// since every request writes it.
    activity: AtomicU64,
    /// Whether the service is about to write an answer, see [`super::refusal_stream`].
    answering: AtomicBool,
    /// Whether to close at once, rather than after the present request.
    close_at_once: AtomicBool,
    close: Notify,
    /// What `activity` was at the last look.
    looked_at: AtomicU64,
    /// At how many looks it has been that.
    looks: AtomicU32,
}

/// What a connection does. Connections are closed in the order of these variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Activity {
    /// The client has not sent a whole request head yet.
    NoRequest = 0,
    /// The client is between two requests, or asks the verifier, which answers at once.
    Idle = 1,
    /// The client waits for the console, or reads a long answer of the console.
    Console = 2,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    AfterRequest,
    AtOnce,
}

/// A mark that the console works for a connection. Dropping it removes the mark.
#[derive(Debug)]
pub(super) struct ConsoleWork(Arc<Connection>);

impl Connection {
    /// A connection on which nothing was sent yet. `listening_since` is when the listener started.
    pub(super) fn new(peer: SocketAddr, listening_since: Instant) -> Self {
        let connection = Self {
            peer,
            listening_since,
            activity: AtomicU64::new(0),
            answering: AtomicBool::new(false),
            close_at_once: AtomicBool::new(false),
            close: Notify::new(),
            looked_at: AtomicU64::new(u64::MAX),
            looks: AtomicU32::new(0),
        };
        connection.set_activity(Activity::NoRequest);
        connection
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Records that a request has arrived.
    pub(super) fn begin_request(&self, now: Instant) {
        self.set_activity_at(Activity::Idle, now);
        self.answering.store(true, Ordering::Relaxed);
    }

    /// Records that the console answers the request.
    pub(super) fn begin_console_work(self: &Arc<Self>) -> ConsoleWork {
        self.set_activity(Activity::Console);
        ConsoleWork(Arc::clone(self))
    }

    /// Returns whether the next written bytes are an answer of the service. Resets the mark, so that each answer is reported once.
    pub(super) fn take_answering(&self) -> bool {
        let answering = self.answering.load(Ordering::Relaxed);
        if answering {
            self.answering.store(false, Ordering::Relaxed);
        }
        answering
    }

    /// Records that the client has read a part of a long answer, and so does not only keep the connection open.
    pub(super) fn go_on_writing(&self) {
        let before = self.activity.load(Ordering::Relaxed);
        let now = (self.time(Instant::now()) << 2) | (before & 0b11);
        // If the activity ends at this moment, its end is what counts.
        let _ = self
            .activity
            .compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Closes the connection, now or after its present request.
    pub(super) fn close(&self, how: Close) {
        if how == Close::AtOnce {
            self.close_at_once.store(true, Ordering::Relaxed);
        }
        self.close.notify_one();
    }

    /// Waits until the connection must close.
    pub(super) async fn wait_for_close(&self) -> Close {
        self.close.notified().await;
        if self.close_at_once.load(Ordering::Relaxed) {
            Close::AtOnce
        } else {
            Close::AfterRequest
        }
    }

    fn set_activity(&self, activity: Activity) {
        self.set_activity_at(activity, Instant::now());
    }

    pub(super) fn set_activity_at(&self, activity: Activity, now: Instant) {
        let since = self.time(now);
        self.activity.store((since << 2) | activity as u64, Ordering::Relaxed);
    }

    /// Milliseconds since the listener started.
    fn time(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.listening_since);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// Looks at the connection. Returns at how many looks it has waited for its client since the same time.
    pub(super) fn waits_at_look(&self) -> u32 {
        let activity = self.activity.load(Ordering::Relaxed);
        let is_same = self.looked_at.swap(activity, Ordering::Relaxed) == activity;
        let looks = match self.activity() {
            (Activity::NoRequest | Activity::Idle, _) if is_same => self.looks.load(Ordering::Relaxed) + 1,
            (Activity::NoRequest | Activity::Idle, _) => 1,
            (Activity::Console, _) => 0,
        };
        self.looks.store(looks, Ordering::Relaxed);
        looks
    }

    /// The activity, and the milliseconds at which it began.
    pub(super) fn activity(&self) -> (Activity, u64) {
        let stored = self.activity.load(Ordering::Relaxed);
        let activity = match stored & 0b11 {
            0 => Activity::NoRequest,
            1 => Activity::Idle,
            _ => Activity::Console,
        };
        (activity, stored >> 2)
    }
}

impl Drop for ConsoleWork {
    fn drop(&mut self) {
        self.0.set_activity(Activity::Idle);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_client_that_reads_a_long_answer_does_not_only_wait() {
        let begun = Instant::now();
        let connection = Connection::new("192.0.2.1:50000".parse().unwrap(), begun);
        for activity in [Activity::Idle, Activity::Console] {
            connection.set_activity_at(activity, begun);
            std::thread::sleep(Duration::from_millis(2));
            connection.go_on_writing();
            let (found, at) = connection.activity();
            assert_eq!(found, activity);
            assert!(at > 0, "the time of the activity is the present");
        }
    }
}
