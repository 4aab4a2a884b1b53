//! The one rule for what people call things: keys, profiles, endpoints, people, nodes. A name is one line that looks like
//! what it is: nothing in it is invisible, changes the direction of text, or means another thing on every machine
//! (Unicode Technical Report 36, "Unicode Security Considerations").

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Who may not be called so: what the audit log calls those who are no person.
const RESERVED: [&str; 4] = ["Latchkey", "command line", "nobody", "system"];

/// Reads one line: trimmed, with single spaces between its words.
///
/// # Errors
/// A sentence that names what is wrong; `what` is its subject, as in "A name".
pub fn line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    // Counted first: what is far too long is not looked at any further.
    bounded(text, what, max)?;
    let text = composed(text);
    bounded(&text, what, max)?;
    visible(&text, what, |_| false)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(words.join(" "))
}

/// Reads a text of several lines, with tabs; trimmed.
///
/// # Errors
/// As [`line`].
pub fn lines(text: &str, what: &str, max: usize) -> Result<String, String> {
    // A plain form sends a line's end as CRLF (HTML, "constructing the entry list"), a script as LF.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    bounded(text, what, max)?;
    let text = composed(text);
    bounded(&text, what, max)?;
    visible(&text, what, |character| matches!(character, '\n' | '\t'))?;
    Ok(text.into_owned())
}

/// What somebody looks for, written as a name would be: no name has what is left out here, so that it would keep a name
/// from being found that looks like what was typed. At most `max` characters of it are looked at.
pub fn searched(text: &str, max: usize) -> String {
    let text: String = text.trim().chars().take(max).collect();
    let text = composed(&text);
    let hidden: Vec<usize> = misplaced(&text)
        .filter(|(_, character, _)| !character.is_whitespace())
        .map(|(at, ..)| at)
        .collect();
    let visible: String = text
        .char_indices()
        .filter(|(at, _)| hidden.binary_search(at).is_err())
        .map(|(_, character)| character)
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    composed(&words.join(" ")).into_owned()
}

/// A text with its letters and their marks as one character each, where there is one (Unicode Standard Annex 15, NFC): `é`
/// can be written in two ways that look the same.
fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Whether a person may be called so: not like those in the audit log that are no person.
///
/// # Errors
/// A sentence.
pub fn of_person(name: &str) -> Result<(), String> {
    let looks = skeleton(name);
    match RESERVED.into_iter().find(|reserved| skeleton(reserved) == looks) {
        Some(reserved) => Err(format!(
            "In the audit log “{reserved}” stands for what is no person. Choose another name."
        )),
        None => Ok(()),
    }
}

/// A text as a terminal or a log may show it: what no name may have is written as `\u{202e}`. For what was stored before
/// there was this rule, and for what strangers send.
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

fn bounded(text: &str, what: &str, max: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > max {
        return Err(format!("{what} has at most {max} characters; this one has {length}."));
    }
    Ok(())
}

/// Refuses what has no place in a name, but for what the caller takes.
fn visible(text: &str, what: &str, taken: impl Fn(char) -> bool) -> Result<(), String> {
    match misplaced(text).find(|(_, character, _)| !taken(*character)) {
        Some((_, character, why)) => Err(format!(
            "{what} cannot have the character U+{:04X}: {why}.",
            u32::from(character)
        )),
        None => Ok(()),
    }
}

/// The characters that have no place in a name, where they are, and why.
fn misplaced(text: &str) -> impl Iterator<Item = (usize, char, &'static str)> {
    text.char_indices().filter_map(|(at, character)| {
        let why = hidden(character)?;
        let before = text[..at].chars().next_back();
        let after = text[at + character.len_utf8()..].chars().next();
        (!joins(character, before, after)).then_some((at, character, why))
    })
}

/// What is wrong with a character, where it has no place in a name. For one address, say, that has to be unmistakable.
pub fn hidden(character: char) -> Option<&'static str> {
    Some(match u32::from(character) {
        0x00..=0x1f | 0x7f..=0x9f => "it is a control character",
        0x061c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => "it changes the direction of text",
        0x2028 | 0x2029 => "it ends a line",
        0xe000..=0xf8ff | 0xf_0000..=0x10_ffff => "it means another thing on every machine",
        // Noncharacters, and the planes in which there is nothing yet.
        0xfdd0..=0xfdef
        | 0xfff0..=0xfff8
        | 0xfffe..=0xffff
        | 0x1_fffe..=0x1_ffff
        | 0x2_fffe..=0x2_ffff
        | 0x3_fffe..=0xd_ffff => "there is no such character",
        code if INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&code)) => "it cannot be seen",
        _ => return None,
    })
}

/// Formats (Unicode's category Cf) that are not named above, variation selectors, and letters that are drawn as nothing
/// (the property `Default_Ignorable_Code_Point`, and the empty Braille cell).
const INVISIBLE: [(u32, u32); 29] = [
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200d),
    (0x2060, 0x2065),
    (0x206a, 0x206f),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff9, 0xfffb),
    (0x1_10bd, 0x1_10bd),
    (0x1_10cd, 0x1_10cd),
    (0x1_3430, 0x1_343f),
    (0x1_bca0, 0x1_bca3),
    (0x1_d159, 0x1_d159),
    (0x1_d173, 0x1_d17a),
    (0xe_0000, 0xe_0001),
    (0xe_0002, 0xe_001f),
    (0xe_0020, 0xe_007f),
    (0xe_0080, 0xe_0fff),
];

/// Whether an invisible character stands where it is needed: the selector of emoji after a picture, a joiner between two
/// pictures, and joiners inside a word of the scripts that spell with them, from Arabic to Sinhala. Anywhere else two
/// names that differ by one would look the same.
fn joins(character: char, before: Option<char>, after: Option<char>) -> bool {
    let picture = |character: Option<char>| {
        character.is_some_and(|character| {
            matches!(
                u32::from(character),
                0x00a9 | 0x00ae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x23ff | 0x24c2 | 0x25a0..=0x27bf
                    | 0x2900..=0x297f | 0x2b00..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0xfe0f
                    | 0x1_f000..=0x1_faff
            )
        })
    };
    let spells = |character: Option<char>| {
        character.is_some_and(|character| matches!(u32::from(character), 0x0620..=0x0dff) && character.is_alphabetic())
    };
    match character {
        // `#️⃣`: the sign of a key cap follows.
        '\u{fe0f}' => (picture(before) && before != Some('\u{fe0f}')) || after == Some('\u{20e3}'),
        '\u{200d}' if picture(before) => picture(after) && after != Some('\u{fe0f}'),
        '\u{200c}' | '\u{200d}' => (spells(before) || before == Some('\u{0dca}')) && spells(after),
        _ => false,
    }
}

/// What a name looks like at a glance: letters and digits alone, in one case, those that look alike as one. Not all of
/// Unicode Technical Standard 39, which takes large tables: Latin, and what looks like it in Cyrillic, Greek, and the
/// letters that are there for mathematics and wide type.
fn skeleton(name: &str) -> String {
    let mut skeleton = String::new();
    for character in name.chars().filter_map(plain).flat_map(char::to_lowercase) {
        let like = match character {
            'а' | 'α' | 'ɑ' => 'a',
            'ь' | 'ƅ' => 'b',
            'с' | 'ϲ' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'ε' | 'ҽ' => 'e',
            'һ' | 'н' => 'h',
            'i' | 'l' | '1' | '|' | 'і' | 'ӏ' | 'ι' | 'ı' | 'ɩ' | 'ǀ' | '!' => 'i',
            'к' | 'κ' => 'k',
            'м' | 'μ' => 'm',
            'ո' | 'η' | 'п' | 'ν' => 'n',
            'о' | 'ο' | 'σ' | '0' | 'օ' => 'o',
            'р' | 'ρ' => 'p',
            'ѕ' | '5' | '$' => 's',
            'т' | 'τ' => 't',
            'у' | 'γ' | 'υ' => 'y',
            other if other.is_alphanumeric() => other,
            // Spaces, punctuation and marks over letters are overlooked.
            _ => continue,
        };
        skeleton.push(like);
    }
    skeleton.replace("rn", "m")
}

/// A letter of wide type or mathematics as the letter that it is.
fn plain(character: char) -> Option<char> {
    let letter = |offset: u32| {
        let first = if offset < 26 { 'A' } else { 'a' };
        char::from_u32(u32::from(first) + offset % 26)
    };
    match u32::from(character) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        code @ 0x1_d400..=0x1_d6a3 => letter((code - 0x1_d400) % 52),
        code @ 0x24b6..=0x24e9 => letter(code - 0x24b6),
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    use super::*;

    fn name(text: &str) -> Result<String, String> {
        line(text, "A name", 100)
    }

    #[test]
    fn what_cannot_be_seen_is_refused_by_its_number() {
        for (text, sentence) in [
            (
                "Ada\u{202e}nimda",
                "A name cannot have the character U+202E: it changes the direction of text.",
            ),
            (
                "A\u{200b}da",
                "A name cannot have the character U+200B: it cannot be seen.",
            ),
            (
                "\u{feff}Ada",
                "A name cannot have the character U+FEFF: it cannot be seen.",
            ),
            (
                "Ada\u{2069}!",
                "A name cannot have the character U+2069: it changes the direction of text.",
            ),
            (
                "A\u{ad}da",
                "A name cannot have the character U+00AD: it cannot be seen.",
            ),
            (
                "Ada\u{e0041}",
                "A name cannot have the character U+E0041: it cannot be seen.",
            ),
            (
                "Ada\u{2028}b",
                "A name cannot have the character U+2028: it ends a line.",
            ),
            (
                "a\nb",
                "A name cannot have the character U+000A: it is a control character.",
            ),
            (
                "a\u{1b}[2Jb",
                "A name cannot have the character U+001B: it is a control character.",
            ),
            (
                "Ada\u{e000}",
                "A name cannot have the character U+E000: it means another thing on every machine.",
            ),
            (
                "a\u{ffff}b",
                "A name cannot have the character U+FFFF: there is no such character.",
            ),
            (
                "\u{3164}",
                "A name cannot have the character U+3164: it cannot be seen.",
            ),
        ] {
            assert_eq!(name(text), Err(sentence.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn names_of_everywhere_and_pictures_are_names() {
        for text in [
            "Shop 🛒 <script>",
            "O’Brien-Łukasz",
            "李小龍",
            "محمد",
            "می\u{200c}خواهم",
            "ශ්\u{200d}රී",
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "👩\u{200d}❤\u{fe0f}\u{200d}👨",
            "#\u{fe0f}\u{20e3}",
            "= 1 + 1",
        ] {
            assert_eq!(name(text).as_deref(), Ok(text));
        }
        for text in [
            "Ad\u{200d}a",
            "Ad\u{200c}a",
            "Ada\u{fe0f}",
            "🛒\u{200d}",
            "\u{200d}🛒",
            "🛒\u{fe0f}\u{fe0f}",
        ] {
            assert!(name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_line_is_trimmed_and_its_spaces_are_single() {
        assert_eq!(name(" \u{3000}Ada \u{a0} Lovelace\n").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(name("  ").as_deref(), Ok(""));
        assert_eq!(
            name(&"x".repeat(101)).unwrap_err(),
            "A name has at most 100 characters; this one has 101."
        );
        assert_eq!(lines(" a\r\n\tb ", "A text", 10).as_deref(), Ok("a\n\tb"));
        assert!(lines("a\rb", "A text", 10).is_err());
        assert!(lines("a\u{202e}b", "A text", 10).is_err());
    }

    #[test]
    fn a_name_that_can_be_written_in_two_ways_is_one() {
        assert_eq!(name("Cafe\u{301}").as_deref(), Ok("Café"));
        assert!(lines("Cafe\u{301}", "A text", 4).is_err());
        assert_eq!(lines("Cafe\u{301}", "A text", 5).as_deref(), Ok("Café"));
        // Characters that are written as two.
        assert!(name(&"\u{958}".repeat(100)).is_err());
    }

    #[test]
    fn what_is_looked_for_is_read_as_a_name_is_written() {
        for (typed, wanted) in [
            ("\u{feff}Shop", "Shop"),
            ("Sh\u{200b}op\u{202e}", "Shop"),
            (" \u{a0}Ada \t Lovelace\n", "Ada Lovelace"),
            ("Cafe\u{301}", "Café"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(searched(typed, 40), wanted, "{typed:?}");
        }
        assert_eq!(searched(" abcdef", 3), "abc");
    }

    #[test]
    fn nobody_is_called_like_what_is_no_person() {
        for text in [
            "Latchkey",
            "latchkey",
            "LATCHKEY.",
            "Latch key",
            "Lаtсhkеу",
            "Ιatchkey",
            "1atchkey",
            "command line",
            "Command-Line",
            "COMMAND  LINE",
            "cornmand 1ine",
            "Nobody",
            "n0body",
            "ＳＹＳＴＥＭ",
            "𝐬𝐲𝐬𝐭𝐞𝐦",
            "Ѕуѕtem",
        ] {
            assert!(of_person(text).is_err(), "{text}");
        }
        for text in ["Ada", "Latchkey Smith", "Norbert Body", "李小龍", "Systema", ""] {
            assert_eq!(of_person(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_terminal_is_shown_what_is_there() {
        assert_eq!(shown("Shop 🛒"), "Shop 🛒");
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\td"), "a\\u{1b}[2Jb\\u{202e}c\\u{9}d");
    }

    /// The tables are written by hand, so that the browser's half stays small; Unicode's own say whether they hold.
    #[test]
    fn the_tables_agree_with_unicode() {
        use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Unassigned};

        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let code = u32::from(character);
            match character.general_category() {
                Control | Format | LineSeparator | ParagraphSeparator | PrivateUse => {
                    assert!(hidden(character).is_some(), "U+{code:04X} passes");
                }
                Unassigned => {}
                category => {
                    let drawn_as_nothing = matches!(
                        code,
                        0x034f | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x2800 | 0x3164
                            | 0xfe00..=0xfe0f | 0xffa0 | 0x1_d159 | 0xe_0100..=0xe_01ef
                    );
                    assert_eq!(
                        hidden(character).is_some(),
                        drawn_as_nothing,
                        "U+{code:04X} {category:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_a_name_stays_one_and_is_shown_as_it_is(text in any::<String>()) {
            if let Ok(once) = line(&text, "A name", 1_000) {
                prop_assert_eq!(searched(&text, 2_000), once.clone(), "a name finds itself");
                prop_assert_eq!(line(&once, "A name", 1_000), Ok(once.clone()));
                prop_assert!(!once.chars().any(char::is_control));
            }
            prop_assert!(misplaced(&shown(&text)).next().is_none());
        }
    }
}
