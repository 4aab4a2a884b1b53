//! Characters that some servers read as another character, or as nothing.
//!
//! Servers on Windows map text to a code page by "best fit", others normalise it (Unicode Standard Annex 15), and file
//! systems skip what is invisible. So a dot, a slash or a backslash can be written in more ways than one.

/// What some servers take a non-ASCII character for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookalike {
    /// A slash, a backslash, a semicolon or a dot.
    Separator,
    /// Several dots.
    Dots,
    /// The beginning of an escape.
    Percent,
    Space,
    /// The end of a line or of a text.
    Control,
    Invisible,
}

/// What some servers take the character for. Question marks and number signs are left out: in full width they are text
/// in East Asian languages, and a server that maps one of them has found the end of the path before that.
pub(crate) const fn classify(character: char) -> Option<Lookalike> {
    match character {
        // Slashes, alone and in signs like c/o.
        '\u{2044}' | '\u{2215}' | '\u{ff0f}' | '\u{2100}' | '\u{2101}' | '\u{2105}' | '\u{2106}'
        // Backslashes. The yen and the won sign stand in their place in the code pages of Japan and Korea.
        | '\u{a5}' | '\u{20a9}' | '\u{20e5}' | '\u{2216}' | '\u{fe68}' | '\u{ff3c}'
        // Semicolons. The first is the Greek question mark, which every normalisation makes a semicolon.
        | '\u{37e}' | '\u{fe14}' | '\u{fe54}' | '\u{ff1b}'
        // Dots, alone and in signs like (1.) and a.m.
        | '\u{2024}' | '\u{fe52}' | '\u{ff0e}' | '\u{2488}'..='\u{249b}' | '\u{33c2}' | '\u{33c7}' | '\u{33d8}'
        | '\u{1f100}' => Some(Lookalike::Separator),
        '\u{2025}' | '\u{2026}' | '\u{fe19}' | '\u{fe30}' => Some(Lookalike::Dots),
        '\u{fe6a}' | '\u{ff05}' => Some(Lookalike::Percent),
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Some(Lookalike::Space)
        }
        // C1 controls, the ends of lines and paragraphs.
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => Some(Lookalike::Control),
        // Default_Ignorable_Code_Point (Unicode Standard Annex 44), and the marks of interlinear notes.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some(Lookalike::Invisible),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn no_character_becomes_a_part_of_a_paths_syntax_unnoticed() {
        for character in '\u{80}'..=char::MAX {
            let normal: String = std::iter::once(character).nfkc().collect();
            if normal.contains(['.', '/', '\\', ';']) {
                let noticed = matches!(classify(character), Some(Lookalike::Separator | Lookalike::Dots));
                assert!(noticed, "{character:?} is {normal} to some");
            }
            if normal.contains('%') {
                assert_eq!(classify(character), Some(Lookalike::Percent), "{character:?}");
            }
            if character.is_whitespace() && !character.is_control() {
                let noticed = matches!(classify(character), Some(Lookalike::Space | Lookalike::Control));
                assert!(noticed, "{character:?} is white space");
            }
            if character.is_control() {
                assert_eq!(classify(character), Some(Lookalike::Control), "{character:?}");
            }
        }
    }

    #[test]
    fn ordinary_text_is_not_suspected() {
        for character in "aZ09-_~é日本語。、？！ـعرבक😀→½€…".chars().filter(|it| *it != '…') {
            assert_eq!(classify(character), None, "{character:?}");
        }
    }
}
