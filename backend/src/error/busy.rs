//! Refusals because too many requests ask for the same work at once.

/// Which queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Passwords are checked a few at a time, since each check takes a core and 19 MiB.
    #[error("Too many people are logging in at this moment. Try again in a few seconds.")]
    Passwords,
}

impl Busy {
    /// Whole seconds after which it is worth asking again.
    pub const fn retry_after(self) -> i64 {
        match self {
            Self::Passwords => 2,
        }
    }
}
