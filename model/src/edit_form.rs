//! The Edit API Key form. It carries the values that it showed at first, so that two people who edit one key do not
//! undo each other's changes by accident. Its fields are those of [`crate::key_fields`].

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
    /// How many nodes are live. Each of them counts requests by itself.
    pub nodes: u64,
}

/// The result of sending the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    Saved {
        /// The key's name now.
        name: String,
        /// The number of the change; `None` where nothing was changed.
        change: Option<i64>,
    },
    /// Nothing was saved. Holds the form as it was sent, and what is wrong with it.
    Invalid(FormValues, FormErrors),
    /// Another person changed the key meanwhile. The form keeps what this person changed and takes over the other
    /// changes; sending it again saves it. Holds that form, and one sentence for each change of the other person.
    Changed(FormValues, Vec<String>),
}
