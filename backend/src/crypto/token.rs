//! Tokens: plain once, when they are created, and hashed from then on.

use model::environment::Kind;
use model::token;
use secrecy::{ExposeSecret, SecretString};

use super::random::{Random, base62};
use super::sha256;
use crate::error::{Error, Result};

/// A plain token. It has no serializer, and its `Debug` prints nothing. Only [`PlainToken::reveal`] returns the text.
#[derive(Debug)]
pub struct PlainToken(SecretString);

/// The hash of a token, which is stored and looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HashedToken(pub [u8; 32]);

impl PlainToken {
    pub fn generate(kind: Kind, random: &dyn Random) -> Self {
        Self(SecretString::from(token::compose(
            kind,
            &base62(random, token::RANDOM_LENGTH),
        )))
    }

    /// The token itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn hashed(&self) -> HashedToken {
        HashedToken::of(self.reveal())
    }

    pub fn last_four(&self) -> &str {
        token::last_four(self.reveal())
    }
}

impl HashedToken {
    /// The hash of a token in a request.
    pub fn of(token: &str) -> Self {
        Self(sha256(token))
    }

    /// A hash that was read from the database, where it belongs to this key.
    pub(crate) fn from_stored(bytes: Vec<u8>, key_id: &str) -> Result<Self> {
        let hash = bytes
            .try_into()
            .map_err(|_| Error::stored("token hash of key", key_id))?;
        Ok(Self(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::SeededRandom;
    use super::*;

    #[test]
    fn a_generated_token_is_well_formed_and_prints_nothing() {
        let plain = PlainToken::generate(Kind::Test, &SeededRandom::new(7));
        assert_eq!(token::check(plain.reveal()), Ok(Kind::Test));
        assert!(!format!("{plain:?}").contains(plain.last_four()));
    }
}
