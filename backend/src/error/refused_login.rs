//! Refusals of a login. They do not tell whether an account exists.

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedLogin {
    #[error("The e-mail address or the password is wrong.")]
    WrongCredentials,
    #[error("That code is wrong, or it was used already.")]
    WrongCode,
    /// The password was not entered, or too long ago.
    #[error("Log in again.")]
    PasswordTooOld,
    #[error("Too many attempts. Try again in {seconds} s.")]
    TooManyAttempts { seconds: i64 },
}

impl RefusedLogin {
    /// Whole seconds to wait, where waiting helps.
    pub const fn retry_after(self) -> Option<i64> {
        match self {
            Self::TooManyAttempts { seconds } => Some(seconds),
            Self::WrongCredentials | Self::WrongCode | Self::PasswordTooOld => None,
        }
    }
}
