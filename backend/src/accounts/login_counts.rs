//! Counts how logins end, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Admission, NewSession};
use crate::error::{Error, RefusedLogin, Result};

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginResult {
    Succeeded,
    /// A password or a code was wrong, or came too late.
    Refused,
    /// The person has to wait because of earlier failures.
    TooManyAttempts,
    /// The server was too busy, or failed.
    Failed,
}

/// The logins since the process started, by result.
#[derive(Debug, Default)]
pub struct LoginCounts([AtomicU64; LoginResult::ALL.len()]);

impl LoginResult {
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Refused, Self::TooManyAttempts, Self::Failed];

    /// The word in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Failed => "failed",
        }
    }

    const fn of(error: &Error) -> Self {
        match error {
            Error::RefusedLogin(RefusedLogin::TooManyAttempts { .. }) => Self::TooManyAttempts,
            Error::RefusedLogin(_) => Self::Refused,
            _ => Self::Failed,
        }
    }
}

impl LoginCounts {
    pub fn get(&self, result: LoginResult) -> u64 {
        self.0[result as usize].load(Ordering::Relaxed)
    }

    /// Counts a login with a password, unless a code is still needed.
    pub(super) fn note_password(&self, outcome: &Result<Admission>) {
        match outcome {
            Ok(Admission::CodeNeeded(_)) => {}
            Ok(Admission::In(_)) => self.add(LoginResult::Succeeded),
            Err(error) => self.add(LoginResult::of(error)),
        }
    }

    /// Counts the second step of a login.
    pub(super) fn note_code(&self, outcome: &Result<NewSession>) {
        self.add(
            outcome
                .as_ref()
                .map_or_else(LoginResult::of, |_| LoginResult::Succeeded),
        );
    }

    fn add(&self, result: LoginResult) {
        self.0[result as usize].fetch_add(1, Ordering::Relaxed);
    }
}
