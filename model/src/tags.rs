//! Tags: short words by which people group keys.

use std::fmt;

use crate::form::short;
use crate::name;

/// The most tags of one key.
pub const TAGS_MAX: usize = 10;
/// The longest tag, in characters.
pub const TAG_MAX: usize = 32;
/// The most bytes that are read, with what separates the tags.
const TYPED_MAX: usize = 4_096;
/// What a tag may have besides letters and digits.
const SIGNS: &str = "-_.:/";
/// What separates tags besides white space.
const SEPARATORS: [char; 5] = [',', ';', '،', '、', '，'];

/// The tags of a key, in the order of bytes, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<String>);

impl Tags {
    /// Reads what was typed or sent. White space, commas and semicolons separate tags.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > TYPED_MAX {
            return Err(format!(
                "Write at most {TAGS_MAX} tags of at most {TAG_MAX} characters each."
            ));
        }
        let words = text.split(|character: char| character.is_whitespace() || SEPARATORS.contains(&character));
        let mut tags = words
            .filter(|word| !word.is_empty())
            .map(tag)
            .collect::<Result<Vec<String>, String>>()?;
        tags.sort_unstable();
        tags.dedup();
        if tags.len() > TAGS_MAX {
            return Err(format!("A key has at most {TAGS_MAX} tags; these are {}.", tags.len()));
        }
        Ok(Self(tags))
    }

    /// Takes a text as [`Self::stored`] makes it.
    pub fn from_stored(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    /// The tags as one text, in which a space separates them.
    pub fn stored(&self) -> String {
        self.0.join(" ")
    }

    pub fn words(&self) -> &[String] {
        &self.0
    }

    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub fn in_words(&self) -> String {
        if self.is_none() {
            return "none".to_owned();
        }
        self.to_string()
    }
}

impl fmt::Display for Tags {
    /// As people write them: `billing, eu`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(", "))
    }
}

/// Reads one tag: a word of letters, digits and a few signs, in lower case.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn tag(word: &str) -> Result<String, String> {
    let word = name::line(word, "A tag", TAG_MAX)?.to_lowercase();
    // Some letters become several in lower case, and some pairs of letters become one character.
    let word = name::line(&word, "A tag", TAG_MAX)?;
    if word.is_empty() {
        return Err("A tag is not empty.".to_owned());
    }
    // The rule for names has decided about all other characters: many scripts need marks that are no letters.
    let is_good =
        |character: char| !character.is_ascii() || character.is_ascii_alphanumeric() || SIGNS.contains(character);
    if word.chars().all(is_good) {
        return Ok(word);
    }
    Err(format!(
        "A tag has letters, digits and {SIGNS} only, such as team:billing; “{}” has others.",
        short(&word)
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_lower_case_sorted_and_each_once() {
        let tags = Tags::read(" Team:Billing, eu-1\nEU-1  ÄPFEL,,").unwrap();
        assert_eq!(tags.words(), ["eu-1", "team:billing", "äpfel"]);
        assert_eq!(tags.to_string(), "eu-1, team:billing, äpfel");
        assert_eq!(tags.stored(), "eu-1 team:billing äpfel");
        assert_eq!(Tags::read("").unwrap(), Tags::default());
        assert_eq!(Tags::default().in_words(), "none");
    }

    #[test]
    fn letters_that_look_the_same_are_the_same_tag() {
        assert_eq!(Tags::read("e\u{301}t\u{e9}").unwrap(), Tags::read("été").unwrap());
    }

    #[test]
    fn a_tag_is_a_short_word() {
        for wrong in ["a+b", "<b>", "\"a\"", "a\u{202e}b", "a\0b", "a|b"] {
            assert!(Tags::read(wrong).is_err(), "{wrong:?}");
        }
        assert!(tag("").is_err() && tag(" ").is_err() && tag("a b").is_err());
        assert!(Tags::read(&"x".repeat(TAG_MAX)).is_ok());
        assert_eq!(
            Tags::read(&"x".repeat(TAG_MAX + 1)).unwrap_err(),
            "A tag has at most 32 characters; this one has 33."
        );
    }

    #[test]
    fn tags_of_all_scripts_are_words() {
        let tags = Tags::read("ทัวร์、हिन्दी，مفتاح، 日本").unwrap();
        assert_eq!(tags.words(), ["مفتاح", "हिन्दी", "ทัวร์", "日本"]);
    }

    #[test]
    fn a_key_has_few_tags() {
        let tags = |count: usize| {
            (0..count)
                .map(|number| format!("t{number}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(Tags::read(&tags(TAGS_MAX)).unwrap().words().len(), TAGS_MAX);
        assert_eq!(
            Tags::read(&tags(TAGS_MAX + 1)).unwrap_err(),
            "A key has at most 10 tags; these are 11."
        );
        assert!(Tags::read(&"same ".repeat(100)).is_ok());
        assert!(Tags::read(&" ".repeat(TYPED_MAX + 1)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_tags_within_the_bounds_or_a_mistake(text in any::<String>()) {
            if let Ok(tags) = Tags::read(&text) {
                prop_assert!(tags.words().len() <= TAGS_MAX);
                for word in tags.words() {
                    prop_assert!((1..=TAG_MAX).contains(&word.chars().count()), "{word:?}");
                }
            }
        }

        #[test]
        fn what_was_read_is_read_again(text in "[a-zA-ZäßÉİ0-9:./ ,_-]{0,60}") {
            if let Ok(tags) = Tags::read(&text) {
                prop_assert_eq!(&Tags::read(&tags.to_string()).unwrap(), &tags);
                prop_assert_eq!(&Tags::from_stored(&tags.stored()), &tags);
            }
        }
    }
}
