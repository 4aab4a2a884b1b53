//! Whose failures are counted, and by which rules.

use std::net::Ipv6Addr;

use model::id::UserId;
use model::time::{DAY, MINUTE, SECOND};

/// How failures of one kind count. Times in milliseconds.
pub(super) struct Limits {
    /// Failures before the first wait.
    pub(super) free: i64,
    /// The longest wait.
    wait_max: i64,
    /// Failures are forgotten after this time without another.
    pub(super) forget: i64,
}

pub(super) const PASSWORDS: Limits = Limits {
    free: 5,
    wait_max: MINUTE,
    forget: 15 * MINUTE,
};
/// An address has more free failures, since several people may share it.
pub(super) const ADDRESSES: Limits = Limits { free: 20, ..PASSWORDS };
pub(super) const CODES: Limits = Limits {
    free: 5,
    wait_max: 15 * MINUTE,
    forget: DAY,
};

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

impl ThrottledSubject {
    /// An IPv6 address counts as its /64, which is what one customer gets.
    pub(crate) fn address(text: &str) -> Self {
        Self::Address(match text.parse::<Ipv6Addr>() {
            Ok(address) => format!("{:x?}", &address.segments()[..4]),
            Err(_) => text.to_owned(),
        })
    }

    pub(super) const fn limits(&self) -> &'static Limits {
        match self {
            Self::Account(_) | Self::Device(_) | Self::SetUp(_) => &PASSWORDS,
            Self::Address(_) => &ADDRESSES,
            Self::Code(_) => &CODES,
        }
    }

    /// The kind of subject, and which one it is.
    pub(super) fn parts(&self) -> (&'static [u8], &[u8]) {
        match self {
            Self::Account(email) => (b"account\0", email.as_bytes()),
            Self::Device(email) => (b"device\0", email.as_bytes()),
            Self::Address(address) => (b"address\0", address.as_bytes()),
            Self::Code(id) => (b"code\0", id.as_str().as_bytes()),
            Self::SetUp(id) => (b"set-up\0", id.as_str().as_bytes()),
        }
    }
}

impl Limits {
    /// How long to wait after this number of failures, in milliseconds. Each doubles the wait.
    pub(super) fn wait_after(&self, failures: i64) -> i64 {
        let beyond = failures - self.free;
        if beyond < 0 {
            return 0;
        }
        (SECOND << beyond.min(16)).min(self.wait_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
