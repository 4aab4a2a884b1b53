//! The Rotate API Key form: how long the old token goes on working.

use serde::{Deserialize, Serialize};

use crate::form::FormErrors;
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

/// The result of sending the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotateOutcome {
    Rotated(Box<CreatedKey>),
    /// Nothing was changed. Holds the form as it was sent, and what is wrong with it.
    Invalid(Box<RotateKeyForm>, FormErrors),
    /// This form was sent before and rotated the key then; the new token was in that answer. Holds the form with a new
    /// identifier, so that sending it rotates the key once more.
    AlreadyRotated(Box<RotateKeyForm>),
}

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
