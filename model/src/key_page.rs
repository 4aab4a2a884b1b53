//! Everything about one key, for its own screen and its dialogs.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Pattern};
use crate::id::KeyId;
use crate::key_fields::KeyField;
use crate::key_list::KeyRow;
use crate::list::Paging;
use crate::progress::Progress;
use crate::time::Timestamp;
use crate::usage::Bucket;

/// Events of the history that are shown.
pub const HISTORY: u64 = 50;

/// The screen of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDetails {
    pub row: KeyRow,
    /// Where it was last used from.
    pub last_used_from: Option<String>,
    /// When its current token was made.
    pub rotated_at: Timestamp,
    /// When the current token was last used.
    pub token_used_at: Option<Timestamp>,
    /// Tokens from before, which still work.
    pub old_tokens: Vec<OldToken>,
    /// A page of the endpoints that it may call.
    pub endpoints: Vec<EndpointUse>,
    pub endpoints_paging: Paging,
    /// What people set on it, as far as `row` does not say it: lines of text, none where nothing is set.
    pub settings: Vec<(KeyField, Vec<String>)>,
    /// Requests in the last 24 hours and 30 days: allowed, and refused.
    pub day: UseCount,
    pub month: UseCount,
    /// Requests in the last 30 days, by day in UTC.
    pub usage: Vec<Bucket>,
    pub progress: Progress,
    /// What happened to it, latest first; `None` for whom it is not to be seen.
    pub history: Option<Vec<HistoryEvent>>,
    /// A request that the key may make, for the `curl` line.
    pub example: Option<Pattern>,
    pub now: Timestamp,
}

/// Requests with a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseCount {
    pub allowed: u64,
    pub refused: u64,
}

/// A token that a rotation has replaced and that works a while longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldToken {
    /// Names it in its key: the end of what was masked.
    pub id: String,
    pub masked: String,
    pub ends_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// An endpoint that the key may call, and what it made of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointUse {
    pub endpoint: Endpoint,
    /// Whether it was taken out of the catalogue.
    pub retired: bool,
    pub last_used_at: Option<Timestamp>,
    /// Requests in the last 30 days that were allowed.
    pub month: u64,
}

/// One event of a key's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEvent {
    pub at: Timestamp,
    pub actor: String,
    /// As in [`crate::audit::AuditRow`].
    pub person: Option<String>,
    pub address: Option<String>,
    /// The name of the event as people read it: `Disabled`.
    pub title: String,
    /// What it says beside that, in words.
    pub details: String,
}

/// What the Delete API Key dialog shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePreview {
    pub id: KeyId,
    pub name: String,
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
    /// Requests that it was accepted for in the last 24 hours.
    pub used_24h: u64,
    pub now: Timestamp,
}

/// A change that is in force here, and where else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Nodes that have applied it.
    pub confirmed: u64,
    /// Nodes that could still answer.
    pub nodes: u64,
    /// Until when a silent node could still answer from its memory.
    pub until: Option<Timestamp>,
}

/// A key that was changed, and the number under which nodes apply that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub name: String,
    pub change: i64,
}
