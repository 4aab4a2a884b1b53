//! The characters that a name can have.

/// Finds the characters that the text should not have: where each stands, and why no name can have it.
pub(super) fn misplaced(text: &str) -> impl Iterator<Item = (usize, char, &'static str)> {
    text.char_indices().filter_map(|(at, character)| {
        let why = hidden(character)?;
        let before = text[..at].chars().next_back();
        let after = text[at + character.len_utf8()..].chars().next();
        (!is_needed(character, before, after)).then_some((at, character, why))
    })
}

/// Why no name can have this character, whatever stands beside it. `None` for a character that a name can have.
pub fn hidden(character: char) -> Option<&'static str> {
    Some(match u32::from(character) {
        0x00..=0x1f | 0x7f..=0x9f => "it is a control character",
        0x061c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => "it changes the direction of text",
        0x2028 | 0x2029 => "it ends a line",
        0xe000..=0xf8ff | 0xf_0000..=0x10_ffff => "it means another thing on every machine",
        // Noncharacters, and the planes to which Unicode has assigned no characters.
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

/// Ranges of invisible characters: formats (Unicode's category Cf) that [`hidden`] does not name, variation selectors,
/// letters that are drawn as nothing (the property `Default_Ignorable_Code_Point`), and the empty Braille cell.
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

/// Whether an invisible character stands where it is needed: the emoji selector after a picture, a joiner between two
/// pictures, or a joiner inside a word of a script that spells with it, from Arabic to Sinhala. Anywhere else two names
/// that differ only by such a character would look the same.
fn is_needed(character: char, before: Option<char>, after: Option<char>) -> bool {
    let is_picture = |character: Option<char>| {
        character.is_some_and(|character| {
            matches!(
                u32::from(character),
                0x00a9 | 0x00ae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x23ff | 0x24c2 | 0x25a0..=0x27bf
                    | 0x2900..=0x297f | 0x2b00..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0xfe0f
                    | 0x1_f000..=0x1_faff
            )
        })
    };
    let is_letter = |character: Option<char>| {
        character.is_some_and(|character| matches!(u32::from(character), 0x0620..=0x0dff) && character.is_alphabetic())
    };
    match character {
        // `#️⃣`: the key cap sign follows.
        '\u{fe0f}' => (is_picture(before) && before != Some('\u{fe0f}')) || after == Some('\u{20e3}'),
        '\u{200d}' if is_picture(before) => is_picture(after) && after != Some('\u{fe0f}'),
        '\u{200c}' | '\u{200d}' => (is_letter(before) || before == Some('\u{0dca}')) && is_letter(after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    use super::*;

    /// The tables are written by hand, to keep the WASM small. This test compares them with Unicode's own tables.
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
}
