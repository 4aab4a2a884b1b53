use proptest::prelude::*;

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
    // NFC writes this character as two.
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
fn a_terminal_is_shown_what_is_there() {
    assert_eq!(shown("Shop 🛒"), "Shop 🛒");
    assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\td"), "a\\u{1b}[2Jb\\u{202e}c\\u{9}d");
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
