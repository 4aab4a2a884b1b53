//! Everything about one key, for its own screen and its dialogs.

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::id::KeyId;
use crate::key_fields::KeyField;
use crate::key_list::KeyRow;
use crate::list::Paging;
use crate::progress::Progress;
use crate::snippet::Example;
use crate::time::Timestamp;
use crate::usage::{Bucket, Range};

/// Number of events of the history that are shown.
pub const HISTORY: u64 = 50;

/// The screen of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDetails {
    pub row: KeyRow,
    /// The name of the person who owns the key; `None` where a program or the command line made it.
    pub owner: Option<String>,
    /// The address from which it was last used.
    pub last_used_from: Option<String>,
    /// When its current token was made.
    pub rotated_at: Timestamp,
    /// When the current token was last used.
    pub token_used_at: Option<Timestamp>,
    /// Old tokens that still work.
    pub old_tokens: Vec<OldToken>,
    /// A page of the endpoints that it may call.
    pub endpoints: Vec<EndpointUse>,
    pub endpoints_paging: Paging,
    /// What people set on the key, besides what `row` has: for each field its lines of text, none where nothing is set.
    pub settings: Vec<(KeyField, Vec<String>)>,
    /// Requests in the last 24 hours and in the last 30 days.
    pub day: UseCount,
    pub month: UseCount,
    /// The span of the chart, and the requests in it by its steps.
    pub range: Range,
    pub usage: Vec<Bucket>,
    pub progress: Progress,
    /// What happened to the key, latest first; `None` for a person who may not see it.
    pub history: Option<Vec<HistoryEvent>>,
    /// The event that disabled the key, while it is disabled; `None` also for a person who may not see the history.
    pub disabled: Option<HistoryEvent>,
    /// A request that the key may make, for the texts to paste.
    pub example: Option<Example>,
    /// Whether the person who asked may create a key with the settings of this one.
    pub may_create: bool,
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
    /// Identifies the old token within its key: a part of its hash.
    pub id: String,
    pub masked: String,
    pub ends_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// An endpoint that the key may call, and how much the key used it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointUse {
    pub endpoint: Endpoint,
    /// Whether the endpoint was retired.
    pub retired: bool,
    pub last_used_at: Option<Timestamp>,
    /// Number of requests in the last 30 days that were allowed.
    pub month: u64,
}

/// One event of a key's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEvent {
    pub at: Timestamp,
    pub actor: String,
    /// The person's e-mail address or ID, as in [`crate::audit::AuditRow`].
    pub person: Option<String>,
    pub address: Option<String>,
    /// The name of the event as people read it: `Disabled`.
    pub title: String,
    /// The event's details in words.
    pub details: String,
    /// On how many nodes the change is in force, as a sentence; empty for events without a proof.
    pub proof: String,
    /// The number of the change, which has a receipt.
    pub receipt: Option<i64>,
}

/// What the Delete API Key dialog shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePreview {
    pub id: KeyId,
    pub name: String,
    /// The name of the customer to whom it belongs.
    pub customer: Option<String>,
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
    /// Number of its requests in the last 24 hours that were allowed.
    pub used_24h: u64,
    pub now: Timestamp,
}

/// A key that was changed, and the number of the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub name: String,
    pub change: i64,
}
