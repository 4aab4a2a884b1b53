//! Counts the failures of the database, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Outage;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseFailure {
    /// There was no connection: the database did not answer, or all connections were in use.
    Connection,
    /// The database refused a statement, or its answer could not be read.
    Statement,
}

/// The failures since the process started. They belong to the process, as its databases do.
static FAILURES: [AtomicU64; DatabaseFailure::ALL.len()] = [AtomicU64::new(0), AtomicU64::new(0)];

impl DatabaseFailure {
    pub const ALL: [Self; 2] = [Self::Connection, Self::Statement];

    /// The word in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Statement => "statement",
        }
    }

    pub(super) const fn of(outage: Option<Outage>) -> Self {
        match outage {
            Some(Outage::Unreachable | Outage::OutcomeUnknown) => Self::Connection,
            _ => Self::Statement,
        }
    }

    pub(super) fn count(self) {
        FAILURES[self as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// The number of failures of this kind since the process started.
pub fn database_errors(kind: DatabaseFailure) -> u64 {
    FAILURES[kind as usize].load(Ordering::Relaxed)
}
