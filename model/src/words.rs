//! The words of a name. A search finds a name by the beginnings of any of its words, in any order.

use serde::{Deserialize, Serialize};

/// The most words of a search that are used. The rest is ignored.
pub const SEARCH_WORDS: usize = 8;

/// The different words of a name, in small letters.
pub fn of_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = spans(name).map(|(_, word)| folded(word)).collect();
    // Nothing is left of a dot that stands alone.
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}

/// The words that a name must have, each as the beginning of one of its words. `searched` is a text as
/// [`crate::name::searched`] reads it. A word with which another one begins adds nothing and is left out.
pub fn of_search(searched: &str) -> Vec<String> {
    let mut words = of_name(searched);
    // In this order, a word stands directly before those that begin with it.
    words.dedup_by(|later, earlier| {
        let is_beginning = later.starts_with(earlier.as_str());
        if is_beginning {
            std::mem::swap(later, earlier);
        }
        is_beginning
    });
    words.truncate(SEARCH_WORDS);
    words
}

/// Whether the words of a name begin with all these words.
pub fn match_all(of_name: &[String], searched: &[String]) -> bool {
    let begins = |word: &String| of_name.iter().any(|known| known.starts_with(word.as_str()));
    searched.iter().all(begins)
}

/// The parts of a name that a search has found, as ranges of bytes. Empty unless every word of the search is found.
pub fn marks(name: &str, searched: &[String]) -> Vec<(usize, usize)> {
    let mut found = vec![false; searched.len()];
    let mut marks = Vec::new();
    for (start, word) in spans(name) {
        let lower = folded(word);
        let mut longest = 0;
        for (index, typed) in searched.iter().enumerate() {
            if lower.starts_with(typed.as_str()) {
                found[index] = true;
                longest = longest.max(typed.len());
            }
        }
        if longest > 0 {
            marks.push((start, start + length_of_beginning(word, longest)));
        }
    }
    if found.contains(&false) {
        marks.clear();
    }
    marks
}

/// A text in pieces, of which some are marked. Marks that do not fit the text are ignored.
pub fn pieces<'a>(text: &'a str, marks: &[(usize, usize)]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut start = 0;
    for &(from, to) in marks {
        let (Some(before), Some(marked), Some(after)) = (text.get(start..from), text.get(from..to), text.get(to..))
        else {
            break;
        };
        if !before.is_empty() {
            pieces.push((before, false));
        }
        pieces.push((marked, true));
        (rest, start) = (after, to);
    }
    if !rest.is_empty() {
        pieces.push((rest, false));
    }
    pieces
}

/// What a search has found in a row of the list of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The parts of the name, as ranges of bytes.
    pub name: Vec<(usize, usize)>,
    /// The length of the beginning of the key ID, in bytes.
    pub id: usize,
    /// Whether it is the last four characters of the token.
    pub last_four: bool,
}

impl Marks {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The words of a text, each with the place where it begins. Spaces and punctuation are between words. Other symbols, such as emoji,
/// belong to words, so that they can be searched, too.
fn spans(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(is_between_words)
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

const fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        // Signs of Latin 1 without its ordinal indicators, general punctuation, and that of Chinese and Japanese.
        || matches!(character, '\u{a1}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}'..='\u{b9}' | '\u{bb}'..='\u{bf}')
        || matches!(character, '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{303f}')
}

fn is_between_words(character: char) -> bool {
    character.is_whitespace() || is_punctuation(character)
}

/// A word in small letters, as words are stored and compared.
fn folded(word: &str) -> String {
    word.chars().flat_map(small).collect()
}

/// A letter in small letters, whatever its place in the word and the language. The capital letters of Turkish `ı` and `i` differ from
/// language to language, and Greek `σ` has another form at the end of a word, so a search takes each pair for one letter.
fn small(character: char) -> impl Iterator<Item = char> {
    let letter = match character {
        'ı' => 'i',
        'ς' => 'σ',
        other => other,
    };
    // In small letters, `İ` is an `i` with a second dot, as a character of its own.
    letter.to_lowercase().filter(|part| *part != '\u{307}')
}

/// The length of the beginning of a word that, in small letters, has this many bytes. A letter may have another length in small
/// letters.
fn length_of_beginning(word: &str, lower: usize) -> usize {
    let mut length = 0;
    let mut left = lower;
    for character in word.chars() {
        let bytes: usize = small(character).map(char::len_utf8).sum();
        // A dot belongs to the letter before.
        if left == 0 && bytes > 0 {
            break;
        }
        length += character.len_utf8();
        left = left.saturating_sub(bytes);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &str, search: &str) -> String {
        let marks = marks(name, &of_search(search));
        let pieces = pieces(name, &marks).into_iter();
        pieces
            .map(|(piece, is_marked)| {
                if is_marked {
                    format!("[{piece}]")
                } else {
                    piece.to_owned()
                }
            })
            .collect()
    }

    #[test]
    fn words_are_between_spaces_and_punctuation() {
        assert_eq!(
            of_name("Partner: Northwind (EU-central_1)"),
            ["1", "central", "eu", "northwind", "partner"]
        );
        assert_eq!(of_name("Shop 🛒 shop"), ["shop", "🛒"]);
        assert_eq!(of_name("Äpfel «rot» — 北京、上海"), ["rot", "äpfel", "上海", "北京"]);
        assert!(of_name("100% _").contains(&"100".to_owned()));
        assert!(of_name(" %_*' -- ").is_empty());
    }

    #[test]
    fn a_search_needs_the_longest_of_words_that_begin_alike() {
        assert_eq!(of_search("shop sh SHO back"), ["back", "shop"]);
        assert_eq!(of_search("north n northwind nor"), ["northwind"]);
        assert!(of_search("").is_empty());
        let many: Vec<String> = (b'a'..=b'z').map(|letter| char::from(letter).to_string()).collect();
        assert_eq!(of_search(&many.join(" ")).len(), SEARCH_WORDS);
    }

    #[test]
    fn every_word_must_be_found_at_the_beginning_of_one() {
        let name = of_name("Partner: Northwind");
        for (search, found) in [
            ("north", true),
            ("wind", false),
            ("NORTH part", true),
            ("north shop", false),
            ("", true),
        ] {
            assert_eq!(match_all(&name, &of_search(search)), found, "{search}");
        }
    }

    #[test]
    fn letters_whose_case_depends_on_language_or_place_find_each_other() {
        for (name, search) in [
            ("İstanbul", "istanbul"),
            ("İstanbul", "İST"),
            ("ISPARTA", "ısparta"),
            ("ışık", "IŞIK"),
            ("i\u{307}stanbul", "istan"),
            ("ΟΔΟΣΤΡΩΤΗΡΑΣ", "οδος"),
            ("οδοστρωτήρας", "ΟΔΟΣ"),
        ] {
            assert!(match_all(&of_name(name), &of_search(search)), "{name} {search}");
        }
        // Words are stored alike, whether they are made from the name or from the name in small letters.
        for name in ["İstanbul", "ΟΔΟΣ", "Straße ẞ", "ǅ"] {
            assert_eq!(of_name(&name.to_lowercase()), of_name(name), "{name}");
        }
        assert!(of_name("\u{307}").is_empty());
        assert_eq!(marked("i\u{307}b ΟΔΟΣ", "i οδ"), "[i\u{307}]b [ΟΔ]ΟΣ");
    }

    #[test]
    fn what_is_found_is_marked() {
        assert_eq!(marked("Partner: Northwind", "nort"), "Partner: [Nort]hwind");
        assert_eq!(marked("North region, north", "north re"), "[North] [re]gion, [north]");
        assert_eq!(marked("Shop", "shop depot"), "Shop");
        assert_eq!(marked("Shop", ""), "Shop");
        assert_eq!(marked("ÄPFEL", "äp"), "[ÄP]FEL");
        // A capital letter that is longer or shorter than the small one.
        assert_eq!(marked("İstanbul ẞ", "i\u{307}s"), "[İs]tanbul ẞ");
    }

    #[test]
    fn marks_that_do_not_fit_the_text_mark_nothing() {
        assert_eq!(pieces("Ä", &[(0, 1)]), [("Ä", false)]);
        assert_eq!(pieces("abc", &[(1, 9)]), [("abc", false)]);
        assert_eq!(
            pieces("abc", &[(1, 2), (0, 1)]),
            [("a", false), ("b", true), ("c", false)]
        );
        assert_eq!(pieces("abc", &[]), [("abc", false)]);
    }
}
