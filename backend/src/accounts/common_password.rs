//! Refuses the most common passwords, in a bounded time.

/// A password that takes fewer guesses than this is among the first that an attacker tries.
const GUESSES_MIN: u64 = 1_000_000;
/// Number of characters that the estimate looks at: its time grows faster than the password's length.
const ESTIMATED: usize = 72;
/// In how many ways the estimate may read a password's symbols as letters. Each way takes about a millisecond. A
/// password with all symbols has 576 ways, which took half a second.
const READINGS_MAX: usize = 16;

/// Letters, and the symbols that zxcvbn reads as each of them. Letters with one symbol are left out: they do not
/// multiply the ways.
const READ_AS: [(char, &[char]); 7] = [
    ('a', &['4', '@']),
    ('c', &['(', '{', '[', '<']),
    ('g', &['6', '9']),
    ('i', &['1', '!', '|']),
    ('l', &['1', '|', '7']),
    ('s', &['$', '5']),
    ('t', &['+', '7']),
];

/// Refuses a password that is among the first that an attacker would try. It takes some ten milliseconds, so do not
/// call it on an async thread.
pub(super) fn refuse_common(password: &str, email: &str) -> Result<(), String> {
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let start = bounded(password);
    if zxcvbn::zxcvbn(&start, &[email, name, domain, "latchkey"]).guesses() < GUESSES_MIN {
        return Err("That is one of the first things that anybody would try. Choose something less common.".to_owned());
    }
    Ok(())
}

/// The part of a password that the estimate looks at. Where the symbols can be read in too many ways, all but the
/// digits are replaced with the letters as which an attacker would read them.
fn bounded(password: &str) -> String {
    let start: String = password.chars().take(ESTIMATED).collect();
    if readings(&start) <= READINGS_MAX {
        return start;
    }
    start.chars().map(letter).collect()
}

/// In how many ways the symbols can be read.
fn readings(text: &str) -> usize {
    READ_AS
        .iter()
        .map(|(_, symbols)| symbols.iter().filter(|symbol| text.contains(**symbol)).count().max(1))
        .product()
}

fn letter(character: char) -> char {
    if character.is_ascii_digit() {
        return character;
    }
    READ_AS
        .iter()
        .find(|(_, symbols)| symbols.contains(&character))
        .map_or(character, |(letter, _)| *letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EMAIL: &str = "owner@example.com";

    #[test]
    fn the_commonest_are_refused_and_a_sentence_is_not() {
        for common in [
            "123456789012",
            "password1234",
            "Password1234!",
            "passwordpassword",
            "qwertyuiop12",
            "qwertyuiopasdf",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "letmeinletmein",
            "owner@example.com",
            "iloveyou1234",
            "!@#$%^&*()_+",
        ] {
            assert!(refuse_common(common, EMAIL).is_err(), "{common}");
        }
        for good in [
            "correct horse battery",
            "end2end-owner-password",
            "Gn4!kd92mMz0",
            "ich mag kalte pizza",
        ] {
            assert_eq!(refuse_common(good, EMAIL), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_of_all_symbols_is_read_in_few_ways() {
        let all = "4@8({[<369!1|70$5+7%2".repeat(4);
        assert_eq!(readings(&all), 576);
        assert!(readings(&bounded(&all)) <= READINGS_MAX);
        assert_eq!(bounded("p@$$w0rd(1!"), "p@$$w0rd(1!");
    }

    #[test]
    fn symbols_in_many_readings_are_written_as_letters() {
        assert_eq!(bounded("p@$5w0rd4([{<!1"), "pas5w0rd4cccci1");
        assert!(refuse_common("p@$$w0rdp@$$w0rd", EMAIL).is_err());
    }

    proptest! {
        #[test]
        fn whatever_it_is_the_estimate_sees_few_readings(password in "\\PC{0,100}", symbols in "[0-9@(){}<>\\[!|$+%]{0,100}") {
            for text in [&password, &symbols, &format!("{password}{symbols}")] {
                let seen = bounded(text);
                prop_assert!(readings(&seen) <= READINGS_MAX);
                prop_assert!(seen.chars().count() <= ESTIMATED);
            }
        }
    }
}
