//! The Edit API Key form. It carries the values that it showed at first, so that two people who edit one key do not
//! undo each other's changes by accident. Its fields are those of [`crate::key_fields`].

use serde::{Deserialize, Serialize};

use crate::form_values::FormValues;
use crate::id::KeyId;
use crate::profile::ProfileName;
use crate::status::Status;
use crate::time::Timestamp;

/// What the form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditKeyOptions {
    pub id: KeyId,
    pub masked: String,
    pub environment: String,
    pub status: Status,
    pub expires_at: Option<Timestamp>,
    /// Titles of the granted endpoints; `None` for all.
    pub endpoints: Option<Vec<String>>,
    pub profiles: Vec<ProfileName>,
    /// Whether this person may give the key to another owner.
    pub may_give: bool,
    /// The form filled with the key as it is.
    pub form: FormValues,
    pub now: Timestamp,
}

/// The result of sending the form Edit API Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    Saved {
        /// The key's name now.
        name: String,
        /// The number of the change; `None` where nothing was changed.
        change: Option<i64>,
    },
    Changed(ChangedMeanwhile),
}

/// Another person has changed the key since the form was opened. Nothing was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedMeanwhile {
    /// The form with what this person changed and what the other person changed. If it is sent again, it is saved.
    pub form: FormValues,
    /// A sentence for each change by the other person.
    pub changes: Vec<String>,
}
