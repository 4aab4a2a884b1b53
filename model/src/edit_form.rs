//! The Edit API Key form. It carries what it showed at first, so that two people who edit one key undo nothing of each
//! other's by accident. Its fields are those of [`crate::key_fields`].

use serde::{Deserialize, Serialize};

use crate::form::FormErrors;
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
    /// The form filled with the key as it is.
    pub form: FormValues,
    pub now: Timestamp,
    /// How many nodes answer. Each counts for itself.
    pub nodes: u64,
}

/// What came of a sent form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    Saved {
        /// The key's name now.
        name: String,
        /// The number under which nodes apply it; `None` where nothing was changed.
        change: Option<i64>,
    },
    /// Nothing was saved; the form as it was sent, and what is wrong with it.
    Invalid(FormValues, FormErrors),
    /// Somebody else changed the key meanwhile. The form keeps what this person changed and shows the other changes;
    /// sent again, it saves. One sentence for each change.
    Changed(FormValues, Vec<String>),
}
