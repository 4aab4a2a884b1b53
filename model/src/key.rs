//! API keys: the rule for their names, the result of creating one, and what every screen needs.

use serde::{Deserialize, Serialize};

use crate::account::LoggedInPerson;
use crate::environment::EnvironmentView;
use crate::id::KeyId;
use crate::name;
use crate::progress::Progress;
use crate::snippet::Example;
use crate::time::Timestamp;

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;

/// Reads the name of a key: 1 to 100 characters on one line. A name need not be unique, since the key ID identifies the
/// key.
pub fn name(text: &str) -> Result<String, String> {
    match name::line(text, "A name", NAME_MAX)? {
        name if name.is_empty() => Err("Give the key a name.".to_owned()),
        name => Ok(name),
    }
}

/// A key that was just created or just got a new token. No other type carries the token of such a key to a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedKey {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    pub token: String,
    /// For an existing key that got a new token: what becomes of the old token. `None` for a new key.
    pub rotated: Option<OldTokenEnd>,
    /// A request that the key may make, for the texts to paste.
    pub example: Option<Example>,
    pub progress: Progress,
}

/// What becomes of the old token when a key is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OldTokenEnd {
    /// It ended with the change of this number.
    Now {
        change: i64,
    },
    At(Timestamp),
}

impl std::fmt::Debug for CreatedKey {
    /// Leaves the token out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CreatedKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The result of sending the form Create API Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateOutcome {
    Created(Box<CreatedKey>),
    AlreadyCreated(AlreadyCreated),
}

/// This very form has made a key before. Its token was in that answer and cannot be shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlreadyCreated {
    pub id: KeyId,
    pub name: String,
    /// An identifier with which the form would make another key.
    pub form_id: String,
}

impl AlreadyCreated {
    pub fn message(&self) -> String {
        let Self { id, name, .. } = self;
        format!(
            "This form was already sent and made the key “{name}” ({id}). Its token was shown once, in that answer. \
             If it was not saved, delete that key and send this form again."
        )
    }
}

/// What every screen of the console needs: the person who is logged in, and the chosen environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub me: LoggedInPerson,
    /// See [`LoggedInPerson::initials`].
    pub initials: String,
    pub environments: Vec<EnvironmentView>,
    /// The environment that was chosen last; empty for all.
    pub environment: String,
    /// Number of nodes that answer now.
    pub nodes: u64,
    /// The last change that was in force when this was read.
    pub change: i64,
    /// Scheme and host under which the browser reached us, for texts to paste.
    pub origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_anything_short_on_one_line() {
        assert_eq!(name("  Shop 🛒 <script>  ").as_deref(), Ok("Shop 🛒 <script>"));
        assert_eq!(name(" ").unwrap_err(), "Give the key a name.");
        assert_eq!(
            name(&"x".repeat(10_000)).unwrap_err(),
            "A name has at most 100 characters; this one has 10000."
        );
        assert!(name("a\nb").is_err());
        assert!(name("Shop\u{202e}").is_err());
    }
}
