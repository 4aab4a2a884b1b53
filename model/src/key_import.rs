//! The import of keys whose tokens another system has issued: what is asked for, and what becomes of each key.

use crate::form::FormErrors;
use crate::form_values::FormValues;
use crate::id::KeyId;

/// The most keys of one import.
pub const MAX_IMPORTED_KEYS: usize = 1_000;
/// The most endpoints that the keys of one import are granted by name, together.
pub const MAX_IMPORTED_GRANTS: usize = 20_000;

/// The field with the SHA-256 of the token.
pub const SHA256: &str = "sha256";
/// The field with the last four characters of the token.
pub const LAST_FOUR: &str = "lastFour";
/// The field that says whether the key works.
pub const ENABLED: &str = "enabled";

/// A key to be imported.
#[derive(Clone, Debug)]
pub struct KeyImport {
    /// Where the key stands in what was sent, from 1. Messages name it.
    pub line: usize,
    /// The SHA-256 of the whole token, as it was written.
    pub sha256: String,
    /// The last four characters of the token, where somebody knows them.
    pub last_four: Option<String>,
    /// Whether the key works. One that does not is disabled from the beginning.
    pub enabled: bool,
    /// The form that asks for a new key with the same settings, since the rules are those of the form.
    pub form: FormValues,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is new. Nothing has an ID where nothing was written.
    Created(Option<KeyId>),
    /// This token is here already, with the same settings.
    Unchanged(KeyId),
    /// This token is here already, or was, and is not what the line says.
    Conflict(FormErrors),
    /// The line breaks a rule.
    Invalid(FormErrors),
}

/// What becomes of each key of an import, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Whether the new keys were written: not in a dry run, and not where one key is refused.
    pub written: bool,
    /// The line of each key, and what becomes of it.
    pub lines: Vec<(usize, ImportOutcome)>,
}

impl ImportOutcome {
    /// What is wrong with the key.
    pub const fn errors(&self) -> Option<&FormErrors> {
        match self {
            Self::Conflict(errors) | Self::Invalid(errors) => Some(errors),
            Self::Created(_) | Self::Unchanged(_) => None,
        }
    }

    /// The word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Unchanged(_) => "unchanged",
            Self::Conflict(_) => "conflict",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl ImportReport {
    /// The number of keys that are refused.
    pub fn refused(&self) -> usize {
        self.count(|outcome| outcome.errors().is_some())
    }

    /// The number of keys that are new.
    pub fn created(&self) -> usize {
        self.count(|outcome| matches!(outcome, ImportOutcome::Created(_)))
    }

    /// The number of keys that are here already, with the same settings.
    pub fn unchanged(&self) -> usize {
        self.count(|outcome| matches!(outcome, ImportOutcome::Unchanged(_)))
    }

    fn count(&self, is_meant: impl Fn(&ImportOutcome) -> bool) -> usize {
        self.lines.iter().filter(|(_, outcome)| is_meant(outcome)).count()
    }
}

/// Checks the last four characters of a token.
///
/// # Errors
/// A sentence for people.
pub fn last_four(text: &str) -> Result<&str, &'static str> {
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err("Write the last four characters of the token, or leave them out.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_four_are_four_visible_characters() {
        assert_eq!(last_four("a-9_"), Ok("a-9_"));
        for wrong in ["", "abc", "abcde", "ab c", "ab\u{1}c", "äbc"] {
            assert!(last_four(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_report_counts_its_lines() {
        let id = KeyId::from_random("0123456789");
        let report = ImportReport {
            written: false,
            lines: [
                ImportOutcome::Created(None),
                ImportOutcome::Unchanged(id),
                ImportOutcome::Conflict(FormErrors::at(SHA256, "It is here.")),
                ImportOutcome::Invalid(FormErrors::at("name", "Give the key a name.")),
            ]
            .into_iter()
            .enumerate()
            .collect(),
        };
        assert_eq!((report.created(), report.unchanged(), report.refused()), (1, 1, 2));
    }
}
