//! Limits for each sender: a token bucket by the generic cell rate algorithm, as the limits of keys have it
//! (`backend::verifier::limit`). Those allow as many requests at once as in their window; these are shorter and only for one node.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::time::{MINUTE, SECOND};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Above this number of senders, those whose buckets are full are forgotten. If that is not enough, the others share a bucket.
const MOST_SENDERS: usize = 10_000;

/// How long a token that was valid is looked up in any case, in milliseconds.
const VALID_FOR: i64 = 10 * MINUTE;

/// A bucket for each sender.
#[derive(Debug)]
pub(super) struct Buckets {
    /// How many requests are allowed at once.
    burst: i64,
    /// Milliseconds until one more is allowed.
    interval: i64,
    /// When the bucket of a sender is full again, in milliseconds of the clock that nobody sets.
    full_at: Mutex<HashMap<String, i64>>,
}

/// How far the bucket of a sender is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketState {
    burst: i64,
    /// The seconds in which an empty bucket is filled.
    window: i64,
    remaining: i64,
    /// Seconds until the bucket is full.
    reset: i64,
    /// Seconds until the refused request would be allowed; `None` when it was.
    pub(super) retry_after: Option<i64>,
}

impl Buckets {
    pub(super) fn new(burst: i64, interval: i64) -> Self {
        Self {
            burst,
            interval,
            full_at: Mutex::default(),
        }
    }

    /// Takes one request out of the sender's bucket, if there is one in it.
    pub(super) fn take(&self, sender: &str, now: i64) -> BucketState {
        let mut senders = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.len() >= MOST_SENDERS {
            senders.retain(|_, full_at| *full_at > now);
        }
        let is_crowded = senders.len() >= MOST_SENDERS && !senders.contains_key(sender);
        let sender = if is_crowded { "" } else { sender };
        let full_at = senders.get(sender).copied().unwrap_or(now).max(now);
        let missing = full_at + self.interval - now - self.capacity();
        if missing > 0 {
            return self.state(full_at, now, Some(seconds(missing)));
        }
        let full_at = full_at + self.interval;
        senders.insert(sender.to_owned(), full_at);
        drop(senders);
        self.state(full_at, now, None)
    }

    /// Seconds until the sender's next request would be allowed; `None` if it would be allowed now.
    pub(super) fn wait(&self, sender: &str, now: i64) -> Option<i64> {
        let senders = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = senders.get(sender).copied().unwrap_or(now).max(now);
        drop(senders);
        let missing = full_at + self.interval - now - self.capacity();
        (missing > 0).then(|| seconds(missing))
    }

    const fn capacity(&self) -> i64 {
        self.burst * self.interval
    }

    const fn state(&self, full_at: i64, now: i64, retry_after: Option<i64>) -> BucketState {
        BucketState {
            burst: self.burst,
            window: seconds(self.capacity()),
            remaining: (self.capacity() - (full_at - now)) / self.interval,
            reset: seconds(full_at - now),
            retry_after,
        }
    }
}

impl BucketState {
    /// Inserts the headers of `rate_limit_headers`, with one policy.
    pub(super) fn insert_headers(&self, headers: &mut HeaderMap) {
        let policy = format!("\"burst\";q={};w={}", self.burst, self.window);
        let limit = format!("\"burst\";r={};t={}", self.remaining, self.reset);
        for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// Tokens that were valid a short while ago. They are looked up however many others from their address are not, so that nobody
/// behind the same address can keep a program out.
#[derive(Debug, Default)]
pub(super) struct ValidTokens(Mutex<HashMap<[u8; 32], i64>>);

impl ValidTokens {
    pub(super) fn note(&self, hash: [u8; 32], now: i64) {
        let mut valid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if valid.len() >= MOST_SENDERS {
            valid.retain(|_, noted| now - *noted <= VALID_FOR);
        }
        if valid.len() < MOST_SENDERS {
            valid.insert(hash, now);
        }
    }

    pub(super) fn contain(&self, hash: &[u8; 32], now: i64) -> bool {
        let valid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        valid.get(hash).is_some_and(|noted| now - *noted <= VALID_FOR)
    }
}

/// Whole seconds, rounded up.
const fn seconds(milliseconds: i64) -> i64 {
    (milliseconds + SECOND - 1) / SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let buckets = Buckets::new(200, 10);
        for number in 1..=200 {
            let state = buckets.take("one", 5_000);
            assert_eq!((state.retry_after, state.remaining), (None, 200 - number));
        }
        assert_eq!(buckets.take("one", 5_000).retry_after, Some(1));
        assert_eq!(buckets.wait("one", 5_000), Some(1));
        assert_eq!(
            buckets.take("two", 5_000).retry_after,
            None,
            "another sender has another bucket"
        );
        assert_eq!(buckets.take("one", 5_009).retry_after, Some(1));
        assert_eq!(buckets.take("one", 5_010).retry_after, None);
        assert_eq!(buckets.take("one", 5_010).retry_after, Some(1));
        assert_eq!(buckets.take("one", 8_000).remaining, 199);
    }

    #[test]
    fn the_list_of_senders_has_an_end() {
        let buckets = Buckets::new(2, 1_000);
        for number in 0..MOST_SENDERS + 5 {
            buckets.take(&number.to_string(), 0);
        }
        assert!(buckets.full_at.lock().unwrap().len() <= MOST_SENDERS + 1);
        assert!(buckets.take("new", 0).retry_after.is_some(), "the rest shares a bucket");
        assert!(buckets.take("new", 1_000_000).retry_after.is_none());
        assert_eq!(buckets.full_at.lock().unwrap().len(), 1);
    }
}
