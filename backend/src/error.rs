//! What can go wrong behind the screens. Mapped once, at the edge, to what people and programs see.

/// Seconds after which who found the server busy may try again.
const BUSY: i64 = 2;

/// Why the backend did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer, or answered with what we did not expect. Its text is for the log only.
    #[error("the database failed: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// There is no such thing, or no longer.
    #[error("{0}")]
    NotFound(String),
    /// The person may not do that.
    #[error("{0}")]
    Forbidden(String),
    /// The session has ended, or its account is disabled.
    #[error("Your session has ended. Log in again.")]
    SignedOut,
    /// What was asked for takes a password that was entered a short while ago (like RFC 9470's step-up).
    #[error("Confirm your password first.")]
    PasswordNeeded,
    /// What was asked for does not fit what there is; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// Too many ask for this now. The sentence says so; nothing was done, and waiting helps.
    #[error("{0}")]
    Busy(&'static str),
    /// Something in our own house failed. Its text is for the log only.
    #[error("{0}")]
    Internal(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whole seconds after which it is worth asking again, where waiting helps.
    pub const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Busy(_) => Some(BUSY),
            _ => None,
        }
    }

    /// What was stored is not what we store: a word in a column that no version of ours writes.
    pub(crate) fn stored(what: &str, value: &str) -> Self {
        Self::Internal(format!("the database holds an unknown {what}: {value:?}"))
    }
}
