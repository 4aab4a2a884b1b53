//! The texts that say what a key is for and where it lives. They are for people, and nothing depends on them.

use crate::name;

/// The longest description, in characters.
pub const DESCRIPTION_MAX: usize = 200;
/// The longest text about where a key lives, in characters.
pub const LOCATION_MAX: usize = 200;

pub(super) fn description(typed: &str) -> Result<String, String> {
    name::line(typed, "A description", DESCRIPTION_MAX)
}

pub(super) fn location(typed: &str) -> Result<String, String> {
    name::line(typed, "“Where this key lives”", LOCATION_MAX)
}

pub(super) fn in_words(text: &str) -> String {
    if text.is_empty() {
        return "none".to_owned();
    }
    text.to_owned()
}

/// The text as the key's own screen lists it: one line, or none.
pub(super) fn lines(text: &str) -> Vec<String> {
    (!text.is_empty()).then(|| text.to_owned()).into_iter().collect()
}
