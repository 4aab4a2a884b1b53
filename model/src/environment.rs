//! Environments: `default`, `staging`, `production`…

use serde::{Deserialize, Serialize};

use crate::form::FormErrors;
use crate::id::{EnvironmentId, KeyId};
use crate::list::Paging;
use crate::time::Timestamp;

/// The longest name, in characters.
pub const NAME_MAX: usize = 40;

/// Whether an environment carries real traffic. Decides the prefix of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Live,
    Test,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An environment as a selector shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentView {
    pub name: String,
    pub kind: Kind,
}

/// A page of the list in Settings → Environments, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentList {
    pub environments: Vec<EnvironmentRow>,
    pub paging: Paging,
    pub now: Timestamp,
}

/// One page of the environments without their keys, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentSummaries {
    pub environments: Vec<EnvironmentSummary>,
    pub paging: Paging,
    pub now: Timestamp,
}

/// An environment without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentSummary {
    pub id: EnvironmentId,
    pub name: String,
    pub kind: Kind,
    pub created_at: Timestamp,
    /// Whether the selector leaves it out.
    pub hidden: bool,
}

/// An environment with its own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRow {
    pub id: EnvironmentId,
    pub name: String,
    pub kind: Kind,
    pub created_at: Timestamp,
    /// Whether the selector leaves it out.
    pub hidden: bool,
    pub key_id: KeyId,
    /// The start and the end of its token: `sk_live_` and `9fQ2`.
    pub prefix: String,
    pub last_four: String,
    pub last_used_at: Option<Timestamp>,
    /// Until when the old token works after a rotation.
    pub old_token_ends_at: Option<Timestamp>,
}

/// The token of an environment key, for a person who may see it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealedKey {
    pub token: String,
}

impl std::fmt::Debug for RevealedKey {
    /// Leaves the token out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RevealedKey").finish_non_exhaustive()
    }
}

/// What the dialogs Create Environment and Rename Environment send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentForm {
    #[serde(default)]
    pub name: String,
    /// `live` or `test`. Never changes after creation: tokens carry it.
    #[serde(default)]
    pub kind: String,
}

/// The result of sending the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvironmentOutcome {
    Saved {
        name: String,
    },
    /// Nothing was saved. Holds the form as it was sent, and what is wrong with it.
    Invalid(Box<EnvironmentForm>, FormErrors),
}

/// The result of the dialog Rotate API Key of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotateEnvironmentOutcome {
    /// The environment's name, and until when the old token works as well.
    Rotated {
        name: String,
        old_token_ends_at: Option<Timestamp>,
    },
    Invalid(FormErrors),
}

/// Reads the name of an environment. The name stands in selectors, in headers to upstreams and on the command line, so
/// it has plain characters only.
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if length == 0 {
        Err("Give the environment a name, like staging.".to_owned())
    } else if length > NAME_MAX {
        Err(format!(
            "A name has at most {NAME_MAX} characters; this one has {length}."
        ))
    } else if !text.chars().all(plain) || !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Err("Use letters, digits, dots, dashes and underscores, and begin with a letter or digit.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain() {
        for right in ["default", "production-eu", "v2.1", "QA_7", " staging "] {
            assert_eq!(name(right).as_deref(), Ok(right.trim()));
        }
        for wrong in ["", "  ", "All environments", "-x", "ümlaut", "a/b", &"x".repeat(41)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_revealed_key_prints_nothing() {
        let key = RevealedKey {
            token: "sk_live_secret".to_owned(),
        };
        assert!(!format!("{key:?}").contains("secret"));
    }
}
