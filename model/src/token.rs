//! The token: the secret half of an API key.
//!
//! `sk_live_` or `sk_test_`, 30 random base62 characters (178 bits), then the CRC-32 of all that precedes it as six
//! base62 characters. The checksum rejects a mistyped token without a look-up and lets a scanner find leaked ones.

use crate::environment::Kind;
use crate::id::BASE62;

/// Random characters in a token: 30 × log2(62) ≈ 178 bits.
pub const RANDOM_LENGTH: usize = 30;
/// Characters of the checksum: 62^6 > 2^32.
pub const CHECKSUM_LENGTH: usize = 6;
/// Characters of a whole token. Both prefixes are eight long.
pub const LENGTH: usize = 8 + RANDOM_LENGTH + CHECKSUM_LENGTH;

/// What a token starts with, by the kind of its environment.
pub const fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Live => "sk_live_",
        Kind::Test => "sk_test_",
    }
}

/// Puts a token together from its random characters.
pub fn compose(kind: Kind, random: &str) -> String {
    let mut token = String::with_capacity(LENGTH);
    token.push_str(prefix(kind));
    token.push_str(random);
    let checksum = checksum(&token);
    token.extend(checksum.map(char::from));
    token
}

/// Why a text is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("it does not start with sk_live_ or sk_test_")]
    Prefix,
    #[error("it is not {LENGTH} characters long")]
    Length,
    #[error("it has a character that is neither a letter nor a digit")]
    Character,
    #[error("its checksum is wrong: it was mistyped or cut")]
    Checksum,
}

/// Whether a text is a well-formed token, and of which kind. Needs nothing but the text.
pub fn check(text: &str) -> Result<Kind, Malformed> {
    let kind = [Kind::Live, Kind::Test]
        .into_iter()
        .find(|kind| text.starts_with(prefix(*kind)))
        .ok_or(Malformed::Prefix)?;
    if text.len() != LENGTH {
        return Err(Malformed::Length);
    }
    let (body, sum) = text.as_bytes().split_at(LENGTH - CHECKSUM_LENGTH);
    if !text.as_bytes().iter().skip(8).all(u8::is_ascii_alphanumeric) {
        return Err(Malformed::Character);
    }
    if checksum_of(body) != sum {
        return Err(Malformed::Checksum);
    }
    Ok(kind)
}

/// Whether a text looks like one of our tokens: everything but the checksum has to be right. A mistyped token of ours
/// looks like one, a token of another product does not.
pub fn has_shape(text: &str) -> bool {
    matches!(check(text), Ok(_) | Err(Malformed::Checksum))
}

/// The longest token of another system, in bytes.
pub const IMPORTED_MAX: usize = 512;

/// Whether a text can be a token that another system has issued: printable, and not longer than any that is known.
pub fn may_be_imported(text: &str) -> bool {
    (1..=IMPORTED_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The last four characters: what a list shows of a token.
pub fn last_four(token: &str) -> &str {
    token.get(token.len().saturating_sub(4)..).unwrap_or_default()
}

/// How a list shows a token: `sk_live_…9fQ2`.
pub fn mask(kind: Kind, last_four: &str) -> String {
    format!("{}…{last_four}", prefix(kind))
}

/// How a list shows a token that another system has issued, of which the last four characters may be unknown.
pub fn mask_imported(last_four: &str) -> String {
    if last_four.is_empty() {
        "imported token".to_owned()
    } else {
        format!("…{last_four}")
    }
}

pub(crate) fn checksum(text: &str) -> [u8; CHECKSUM_LENGTH] {
    checksum_of(text.as_bytes())
}

fn checksum_of(bytes: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(bytes);
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RANDOM: &str = "7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc";

    #[test]
    fn a_token_has_its_documented_form() {
        // The checksum was computed without this code: CRC-32 (IEEE) of the first 38 characters, in base62.
        assert_eq!(
            compose(Kind::Live, RANDOM),
            "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB"
        );
    }

    #[test]
    fn a_mask_shows_the_prefix_and_the_last_four() {
        let token = compose(Kind::Test, RANDOM);
        let masked = mask(Kind::Test, last_four(&token));
        assert!(masked.starts_with("sk_test_…") && masked.ends_with(last_four(&token)));
        assert_eq!(masked.chars().count(), 13);
    }

    #[test]
    fn an_imported_token_is_shown_as_far_as_it_is_known() {
        assert_eq!(mask_imported("9fQ2"), "…9fQ2");
        assert_eq!(mask_imported(""), "imported token");
    }

    #[test]
    fn a_token_of_another_system_has_any_printable_shape_up_to_a_bound() {
        for text in ["x", "sk-1234 5678", "key.größe", &"x".repeat(IMPORTED_MAX)] {
            assert!(may_be_imported(text), "{text}");
        }
        for text in ["", "a\nb", "a\u{0}b", &"x".repeat(IMPORTED_MAX + 1)] {
            assert!(!may_be_imported(text), "{text:?}");
        }
    }

    #[test]
    fn the_reason_names_what_is_wrong() {
        let token = compose(Kind::Live, RANDOM);
        assert_eq!(check(&token), Ok(Kind::Live));
        assert_eq!(check("pk_live_x"), Err(Malformed::Prefix));
        assert_eq!(check(&token[..20]), Err(Malformed::Length));
        assert_eq!(check(&token.replace('7', "-")), Err(Malformed::Character));
        assert_eq!(check(&token.replace("sk_live_", "sk_test_")), Err(Malformed::Checksum));
    }

    #[test]
    fn a_mistyped_token_has_the_shape_and_nothing_else_has() {
        let token = compose(Kind::Live, RANDOM);
        assert!(has_shape(&token) && has_shape(&token.replace('7', "8")));
        for other in [
            "",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s5Zq3ab7jS0xX8b0oIr3ypLrZ0",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            &token[1..],
            &token.replace('7', "-"),
        ] {
            assert!(!has_shape(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_composed_token_is_well_formed(random in "[0-9A-Za-z]{30}", live: bool) {
            let kind = if live { Kind::Live } else { Kind::Test };
            prop_assert_eq!(check(&compose(kind, &random)), Ok(kind));
        }

        #[test]
        fn one_wrong_character_is_noticed(random in "[0-9A-Za-z]{30}", at in 8..LENGTH, to in "[0-9A-Za-z]") {
            let token = compose(Kind::Live, &random);
            let mut mistyped = token.clone();
            mistyped.replace_range(at..=at, &to);
            prop_assume!(mistyped != token);
            prop_assert_eq!(check(&mistyped), Err(Malformed::Checksum));
        }

        #[test]
        fn any_text_can_be_checked(text in any::<String>()) {
            let _ = check(&text);
        }
    }
}
