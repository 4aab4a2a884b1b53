//! API keys: the rule for their names, the result of creating one, and what every screen needs.

use serde::{Deserialize, Serialize};

use crate::account::Me;
use crate::endpoint::Pattern;
use crate::environment::EnvironmentView;
use crate::form::FormErrors;
use crate::form_values::FormValues;
use crate::id::KeyId;
use crate::name;
use crate::progress::Progress;
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
    /// A request that the key may make, for the `curl` line.
    pub example: Option<Pattern>,
    pub progress: Progress,
}

/// What becomes of the old token when a key is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OldTokenEnd {
    Now,
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

/// The result of sending the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateOutcome {
    Created(Box<CreatedKey>),
    /// No key was created. Holds the form as it was sent, and what is wrong with it.
    Invalid(FormValues, FormErrors),
    /// This form was sent before and created a key then. The token was in that answer and cannot be shown again. `form`
    /// is the form as it was sent but with a new identifier, so that sending it creates another key.
    AlreadyCreated {
        id: KeyId,
        name: String,
        form: FormValues,
    },
}

/// What every screen of the console needs: the person who is logged in, and the chosen environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub me: Me,
    pub environments: Vec<EnvironmentView>,
    /// The environment that was chosen last; empty for all.
    pub environment: String,
    /// Number of nodes that answer now.
    pub nodes: u64,
    /// The last change that was in force when this was read.
    pub change: i64,
    /// Scheme and host under which the browser reached us, for the `curl` line.
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
