//! API keys: what came of making one, and what a list shows.

use serde::{Deserialize, Serialize};

use crate::account::Me;
use crate::endpoint::Pattern;
use crate::environment::EnvironmentView;
use crate::id::KeyId;
use crate::key_form::{CreateKeyForm, FormErrors};
use crate::status::Status;
use crate::time::Timestamp;

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Keys on one page of the list.
pub const PAGE_SIZE: u64 = 50;

/// A name for a key: 1 to 100 characters on one line. It identifies nothing, so it need not be unique.
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        Err("Give the key a name.".to_owned())
    } else if length > NAME_MAX {
        Err(format!(
            "A name has at most {NAME_MAX} characters; this one has {length}."
        ))
    } else if text.chars().any(char::is_control) {
        Err("A name is one line without control characters.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A key that was just made. The only thing that ever carries a token to a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedKey {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    pub token: String,
    /// A request that the key may make, for the `curl` line.
    pub example: Option<Pattern>,
    pub progress: Progress,
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

/// How far a key has come on its way to ACTIVE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub status: Status,
    /// Why a FAILED key failed.
    pub reason: Option<String>,
}

/// What came of a sent form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateOutcome {
    Created(Box<CreatedKey>),
    /// Nothing was made; the form as it was sent, and what is wrong with it.
    Invalid(Box<CreateKeyForm>, FormErrors),
    /// This very form had made a key before. Its token was in that answer and cannot be shown again. The form as it was
    /// sent, with an identifier of its own, would make another.
    AlreadyCreated {
        id: KeyId,
        name: String,
        form: Box<CreateKeyForm>,
    },
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    /// Who made it.
    pub creator: String,
    /// `sk_live_…9fQ2`
    pub masked: String,
    pub status: Status,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// Titles of the granted endpoints; `None` for all.
    pub endpoints: Option<Vec<String>>,
    /// Whether the person who asked may change this key.
    pub may_change: bool,
}

/// What the list is asked for. It is the page's query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyQuery {
    /// Prefix of a name or key ID, or the last four characters of a token.
    #[serde(default)]
    pub search: String,
    /// An environment's name; empty for all; `None` for the one that was chosen last.
    #[serde(default)]
    pub environment: Option<String>,
    /// Slugs of the wanted statuses; empty for all.
    #[serde(default)]
    pub status: Vec<String>,
    /// Names of the wanted endpoints; empty for all.
    #[serde(default)]
    pub endpoint: Vec<String>,
    /// Where the page starts; empty for the newest.
    #[serde(default)]
    pub after: String,
}

/// One page of the list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPage {
    pub rows: Vec<KeyRow>,
    /// Keys that match, on all pages.
    pub matching: u64,
    /// Keys there are at all: none is an invitation, no match is not.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
    /// The catalogue, for the filter.
    pub endpoints: Vec<(String, String)>,
    pub now: Timestamp,
    pub may_create: bool,
}

/// What the Delete API Key dialog shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePreview {
    pub id: KeyId,
    pub name: String,
    pub last_used_at: Option<Timestamp>,
    pub now: Timestamp,
}

/// What every screen of the console needs: who is there, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub me: Me,
    pub environments: Vec<EnvironmentView>,
    /// The environment that was chosen last; empty for all.
    pub environment: String,
    /// Nodes that answer now.
    pub nodes: u64,
    /// Scheme and host under which the browser reached us, for the `curl` line.
    pub origin: String,
}

/// What the home screen counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Keys of each status, in the order of [`Status::ALL`].
    pub by_status: Vec<(Status, u64)>,
    pub total: u64,
    /// Whether there is any key at all, here or in another environment.
    pub any: bool,
    pub may_create: bool,
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
    }
}
