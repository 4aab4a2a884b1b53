//! The one rule for names of keys, profiles, endpoints, people and nodes. A name is one line that looks like what it is:
//! no character in it is invisible, changes the direction of text, or is drawn differently on every machine (Unicode
//! Technical Report 36, "Unicode Security Considerations").

mod characters;
mod reserved;

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

pub use characters::hidden;
use characters::misplaced;
pub use reserved::of_person;

/// Reads one line. The result is trimmed, with single spaces between its words.
///
/// # Errors
/// A sentence that says what is wrong. `what` is its subject, as in "A name".
pub fn line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    // The length comes first, so that the other checks never read a text that is far too long.
    check_length(text, what, max)?;
    let text = composed(text);
    check_length(&text, what, max)?;
    check_characters(&text, what, |_| false)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(words.join(" "))
}

/// Reads a text of several lines, which may have tabs. The result is trimmed.
///
/// # Errors
/// As [`line`].
pub fn lines(text: &str, what: &str, max: usize) -> Result<String, String> {
    // A plain form sends CRLF at the end of a line (HTML, "constructing the entry list"), a script sends LF.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    check_length(text, what, max)?;
    let text = composed(text);
    check_length(&text, what, max)?;
    check_characters(&text, what, |character| matches!(character, '\n' | '\t'))?;
    Ok(text.into_owned())
}

/// Reads a search text, of at most `max` characters, as a name is read. Characters that no name can have are left out:
/// with an invisible one in it, the search would not find the name that looks the same.
pub fn searched(text: &str, max: usize) -> String {
    let text: String = text.trim().chars().take(max).collect();
    let text = composed(&text);
    let left_out: Vec<usize> = misplaced(&text)
        .filter(|(_, character, _)| !character.is_whitespace())
        .map(|(at, ..)| at)
        .collect();
    let visible: String = text
        .char_indices()
        .filter(|(at, _)| left_out.binary_search(at).is_err())
        .map(|(_, character)| character)
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    composed(&words.join(" ")).into_owned()
}

/// Makes a text safe to show on a terminal or in a log: a character that no name can have becomes `\u{202e}`. Needed for
/// names that were stored before this rule, and for what strangers send.
pub fn shown(text: &str) -> Cow<'_, str> {
    if misplaced(text).next().is_none() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = 0;
    for (at, character, _) in misplaced(text) {
        shown.push_str(&text[rest..at]);
        // Writing to a string does not fail.
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        rest = at + character.len_utf8();
    }
    shown.push_str(&text[rest..]);
    Cow::Owned(shown)
}

/// Combines each letter and its marks into one character where Unicode has one (Unicode Standard Annex 15, NFC). `é` can
/// be written in two ways that look the same; after this there is only one.
fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

fn check_length(text: &str, what: &str, max: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > max {
        return Err(format!("{what} has at most {max} characters; this one has {length}."));
    }
    Ok(())
}

/// Refuses characters that no name can have, except those that `allowed` allows.
fn check_characters(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match misplaced(text).find(|(_, character, _)| !allowed(*character)) {
        Some((_, character, why)) => Err(format!(
            "{what} cannot have the character U+{:04X}: {why}.",
            u32::from(character)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
