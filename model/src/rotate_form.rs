//! The Rotate API Key form: how long the old token goes on working.

use serde::{Deserialize, Serialize};

use crate::id::KeyId;
use crate::key::CreatedKey;
use crate::status::Status;
use crate::time::{DAY, HOUR, Timestamp};

/// The form as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateKeyForm {
    /// `now`, `1h`, `24h` or `7d`.
    #[serde(default)]
    pub grace: String,
    /// The browser's clock when the form was sent, in Unix milliseconds; empty without scripts.
    #[serde(default)]
    pub browser_time: String,
    /// Identifies this rendering of the form: a form that is sent twice makes only one token.
    #[serde(default)]
    pub form_id: String,
}

/// What the form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateKeyOptions {
    pub id: KeyId,
    pub name: String,
    pub masked: String,
    pub status: Status,
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
    pub form: RotateKeyForm,
    pub now: Timestamp,
}

/// The result of sending the form Rotate API Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotateOutcome {
    Rotated(Box<CreatedKey>),
    /// This very form has rotated the key before. The new token was in that answer and cannot be shown again.
    AlreadyRotated {
        /// An identifier with which the form would rotate the key once more.
        form_id: String,
    },
}

/// The message about a form that has rotated the key before.
pub const ALREADY_ROTATED: &str = "This form was already sent and rotated the key. The new token was shown once, in that \
                                   answer. If it was not saved, send this form again for another one.";

/// How long the old token can work beside the new one: the word in the form, milliseconds, and the words on the screen.
pub const GRACES: [(&str, i64, &str); 4] = [
    ("now", 0, "Now"),
    ("1h", HOUR, "In 1 hour"),
    ("24h", DAY, "In 24 hours"),
    ("7d", 7 * DAY, "In 7 days"),
];

impl RotateKeyForm {
    /// The grace that the form asks for, in milliseconds.
    pub fn grace(&self) -> Result<i64, &'static str> {
        GRACES
            .into_iter()
            .find(|(word, ..)| *word == self.grace)
            .map(|(_, grace, _)| grace)
            .ok_or("Choose when the old token ends.")
    }
}
