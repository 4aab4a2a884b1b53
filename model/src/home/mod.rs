//! The Home screen: whether all is well, the requests of a day, and what people should look at.

mod refused;
mod requests;
mod steps;
mod verdict;

use serde::{Deserialize, Serialize};

use crate::audit::AuditRow;
use crate::key_list::{Attention, Matching};
use crate::status::Status;
use crate::time::Timestamp;

pub use self::refused::{MOST_REFUSED, Reason, RefusedKey, RefusedName};
pub use self::requests::{Difference, HourCount, Requests};
pub use self::steps::FirstSteps;
pub use self::verdict::{Facts, NodesSeen, Tone, Verdict, verdict};

/// Number of changes that Home lists.
pub const LAST_CHANGES: usize = 5;

/// What the screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    pub verdict: Verdict,
    /// Keys of each status, in the order of [`Status::ALL`].
    pub by_status: Vec<(Status, u64)>,
    /// Whether there is any key at all, here or in another environment.
    pub any_keys: bool,
    /// Keys that somebody should look at, in the order of [`Attention::ALL`].
    pub attention: Vec<(Attention, Matching)>,
    /// The requests of the last 24 hours.
    pub requests: Requests,
    /// The keys with the most refused requests of these hours, at most [`MOST_REFUSED`].
    pub refused: Vec<RefusedKey>,
    /// The last changes, latest first, at most [`LAST_CHANGES`]. `None` for people who may not read the audit log.
    pub changes: Option<Vec<AuditRow>>,
    pub steps: FirstSteps,
    pub now: Timestamp,
}

impl HomePage {
    /// Number of all keys.
    pub fn total(&self) -> u64 {
        self.by_status.iter().map(|(_, keys)| keys).sum()
    }
}
