//! Slows down clients that guess passwords or codes.
//!
//! A few failures are free; after that each doubles the wait, up to a minute. Failures are counted per account and per
//! address. A browser that has logged in before is counted apart (OWASP "device cookies"), so that a stranger who keeps
//! guessing cannot lock the account's owner out; and an operator on the server's command line can always make a reset
//! link.
//!
//! Codes of the second factor have only six digits, so they wait longer and are remembered longer: that is about a
//! hundred guesses a day. A stranger who has the password can keep a person from entering codes. That person still has
//! the recovery codes, which nobody can guess.
//!
//! Time is that of [`crate::clock::Clock::elapsed`]: setting the machine's clock neither lengthens a wait nor ends one.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Mutex, PoisonError};

use model::id::UserId;
use model::time::{DAY, MINUTE, SECOND};

/// How failures of one kind count. Times in milliseconds.
struct Limits {
    /// Failures before the first wait.
    free: u32,
    /// The longest wait.
    wait_max: i64,
    /// Failures are forgotten after this time without another.
    forget: i64,
}

const PASSWORDS: Limits = Limits {
    free: 5,
    wait_max: MINUTE,
    forget: 15 * MINUTE,
};
/// An address has more free failures, since several people may share it.
const ADDRESSES: Limits = Limits { free: 20, ..PASSWORDS };
const CODES: Limits = Limits {
    free: 5,
    wait_max: 15 * MINUTE,
    forget: DAY,
};
/// Above this number of entries, the forgotten ones are removed.
const SWEEP: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<ThrottledSubject, Failures>>);

/// The subject whose failures are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ThrottledSubject {
    Account(String),
    /// An account on a browser that has logged in to it before.
    Device(String),
    Address(String),
    /// The codes of a person's second factor.
    Code(UserId),
    /// Beginning to set up a second factor, which leaves an event each time.
    SetUp(UserId),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    /// In elapsed milliseconds.
    last: i64,
}

impl ThrottledSubject {
    /// An IPv6 address counts as its /64, which is what one customer gets.
    pub(crate) fn address(text: &str) -> Self {
        Self::Address(match text.parse::<Ipv6Addr>() {
            Ok(address) => format!("{:x?}", &address.segments()[..4]),
            Err(_) => text.to_owned(),
        })
    }

    const fn limits(&self) -> &'static Limits {
        match self {
            Self::Account(_) | Self::Device(_) | Self::SetUp(_) => &PASSWORDS,
            Self::Address(_) => &ADDRESSES,
            Self::Code(_) => &CODES,
        }
    }
}

impl Throttle {
    /// Counts an attempt as failed until [`Throttle::succeeded`] says otherwise, so that many at once do not slip
    /// through. Refused attempts are not counted: waiting always ends.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub(crate) fn attempt(&self, subjects: &[ThrottledSubject], elapsed: i64) -> Result<(), i64> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > SWEEP {
            seen.retain(|subject, failures| elapsed - failures.last < subject.limits().forget);
        }
        let wait = subjects
            .iter()
            .filter_map(|subject| Some(seen.get(subject)?.wait(subject, elapsed)))
            .max();
        if let Some(wait) = wait.filter(|wait| *wait > 0) {
            return Err(wait);
        }
        for subject in subjects {
            let failures = seen.entry(subject.clone()).or_insert(Failures {
                count: 0,
                last: elapsed,
            });
            if elapsed - failures.last >= subject.limits().forget {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = elapsed;
        }
        Ok(())
    }

    /// Notes that an attempt was right. An account starts afresh; an address gets this attempt back and keeps its other
    /// failures.
    pub(crate) fn succeeded(&self, subjects: &[ThrottledSubject]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for subject in subjects {
            if let (ThrottledSubject::Address(_), Some(failures)) = (subject, seen.get_mut(subject)) {
                failures.count = failures.count.saturating_sub(1);
            } else {
                seen.remove(subject);
            }
        }
    }
}

impl Failures {
    fn wait(self, subject: &ThrottledSubject, elapsed: i64) -> i64 {
        let Limits { free, wait_max, .. } = *subject.limits();
        let Some(beyond) = self.count.checked_sub(free) else {
            return 0;
        };
        let wait = SECOND.checked_shl(beyond.min(16)).unwrap_or(wait_max).min(wait_max);
        wait - (elapsed - self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 0;

    fn account() -> [ThrottledSubject; 1] {
        [ThrottledSubject::Account("ada@example.com".to_owned())]
    }

    #[test]
    fn after_five_failures_the_wait_doubles_up_to_a_minute() {
        let throttle = Throttle::default();
        for _ in 0..PASSWORDS.free {
            assert_eq!(throttle.attempt(&account(), START), Ok(()));
        }
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(throttle.attempt(&account(), now), Err(wait * SECOND));
            now += wait * SECOND;
            assert_eq!(throttle.attempt(&account(), now), Ok(()));
        }
    }

    #[test]
    fn waiting_a_quarter_of_an_hour_forgets() {
        let throttle = Throttle::default();
        for attempt in 0..10 {
            let _ = throttle.attempt(&account(), START + attempt * MINUTE);
        }
        let later = START + 10 * MINUTE + PASSWORDS.forget;
        for _ in 0..PASSWORDS.free {
            assert_eq!(throttle.attempt(&account(), later), Ok(()));
        }
    }

    #[test]
    fn codes_wait_up_to_a_quarter_of_an_hour_and_are_forgotten_after_a_day() {
        let throttle = Throttle::default();
        let code = [ThrottledSubject::Code(UserId::from_random("0123456789"))];
        for _ in 0..CODES.free {
            assert_eq!(throttle.attempt(&code, START), Ok(()));
        }
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(throttle.attempt(&code, now), Err(wait * SECOND));
            now += wait * SECOND;
            assert_eq!(throttle.attempt(&code, now), Ok(()));
        }
        now += DAY - 1;
        assert_eq!(throttle.attempt(&code, now), Ok(()));
        assert!(throttle.attempt(&code, now).is_err(), "nothing is forgotten yet");
        now += DAY;
        for _ in 0..CODES.free {
            assert_eq!(throttle.attempt(&code, now), Ok(()));
        }
    }

    #[test]
    fn a_right_code_starts_afresh() {
        let throttle = Throttle::default();
        let code = [ThrottledSubject::Code(UserId::from_random("0123456789"))];
        for _ in 0..3 * CODES.free {
            assert_eq!(throttle.attempt(&code, START), Ok(()));
            throttle.succeeded(&code);
        }
    }

    #[test]
    fn guessing_at_an_account_does_not_slow_a_known_browser() {
        let throttle = Throttle::default();
        while throttle.attempt(&account(), START).is_ok() {}
        let known = [ThrottledSubject::Device("ada@example.com".to_owned())];
        assert_eq!(throttle.attempt(&known, START), Ok(()));
    }

    #[test]
    fn neighbours_in_an_ipv6_network_are_one() {
        assert_eq!(
            ThrottledSubject::address("2001:db8::1"),
            ThrottledSubject::address("2001:db8::ffff:2")
        );
        assert_ne!(
            ThrottledSubject::address("2001:db8::1"),
            ThrottledSubject::address("2001:db8:0:1::1")
        );
        assert_eq!(
            ThrottledSubject::address("192.0.2.1"),
            ThrottledSubject::Address("192.0.2.1".to_owned())
        );
    }

    #[test]
    fn success_clears_the_account_but_not_the_address() {
        let throttle = Throttle::default();
        let both = [
            ThrottledSubject::Account("a".to_owned()),
            ThrottledSubject::Address("192.0.2.1".to_owned()),
        ];
        for _ in 0..ADDRESSES.free {
            throttle.attempt(&both, START).unwrap();
            throttle.succeeded(&both[..1]);
        }
        assert!(throttle.attempt(&both, START).is_err());
    }
}
