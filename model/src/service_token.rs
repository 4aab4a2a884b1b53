//! The token of a service account: `lkm_`, 30 random base62 characters (178 bits), then the checksum that the tokens of keys have, see
//! [`crate::token`].

use crate::environment::Kind;
use crate::token::{self, CHECKSUM_LENGTH, RANDOM_LENGTH, checksum};

/// What every such token starts with.
pub const PREFIX: &str = "lkm_";
/// Characters of a whole token.
pub const LENGTH: usize = PREFIX.len() + RANDOM_LENGTH + CHECKSUM_LENGTH;

/// Puts a token together from its random characters.
pub fn compose(random: &str) -> String {
    let mut token = format!("{PREFIX}{random}");
    let checksum = checksum(&token);
    token.extend(checksum.map(char::from));
    token
}

/// Whether a text is a well-formed token. Needs nothing but the text.
pub fn is_well_formed(text: &str) -> bool {
    let Some((body, sum)) = text.split_at_checked(LENGTH - CHECKSUM_LENGTH) else {
        return false;
    };
    text.len() == LENGTH
        && body
            .strip_prefix(PREFIX)
            .is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && checksum(body) == sum.as_bytes()
}

/// Whether a text may have a token in it, of a key or of a service account. Such a text is kept out of logs and addresses.
pub fn may_hold_token(text: &str) -> bool {
    Kind::ALL
        .map(token::prefix)
        .into_iter()
        .chain([PREFIX])
        .any(|prefix| text.contains(prefix))
}

/// How a list shows a token: `lkm_…9fQ2`.
pub fn mask(last_four: &str) -> String {
    format!("{PREFIX}…{last_four}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_texts_are_no_tokens() {
        let token = compose("7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
        assert_eq!(token.len(), LENGTH);
        for other in [
            "",
            "lkm_",
            &token[1..],
            &token[..LENGTH - 1],
            &format!("{token}0"),
            &token.replace('7', "8"),
            &token.replace('7', "-"),
            &token.replace("lkm_", "sk_live_"),
            &"ü".repeat(20),
        ] {
            assert!(!is_well_formed(other), "{other}");
        }
    }

    #[test]
    fn a_text_with_a_token_is_told_from_others() {
        for text in ["sk_live_abc", "keys of sk_test_x", "lkm_7Gq2"] {
            assert!(may_hold_token(text), "{text}");
        }
        assert!(!may_hold_token("key_8fQ2nLw0Zz svc_8fQ2nLw0Zz"));
    }

    proptest! {
        #[test]
        fn a_composed_token_is_well_formed(random in "[0-9A-Za-z]{30}") {
            prop_assert!(is_well_formed(&compose(&random)));
        }

        #[test]
        fn any_text_can_be_checked(text in any::<String>()) {
            let _ = is_well_formed(&text);
        }
    }
}
