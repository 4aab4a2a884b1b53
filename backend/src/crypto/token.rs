//! Tokens: plain once, when they are created, and hashed from then on.

use hmac::{Hmac, KeyInit as _, Mac as _};
use model::environment::Kind;
use model::token;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::random::{Random, base62};
use super::sha256;
use crate::error::{Error, Result};

#[cfg(test)]
thread_local! {
    /// How many tokens this thread has hashed.
    pub(crate) static HASHED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// A plain token. It has no serializer, and its `Debug` prints nothing. Only [`PlainToken::reveal`] returns the text.
#[derive(Debug)]
pub struct PlainToken(SecretString);

/// The hash of a token, which is stored and looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HashedToken(pub [u8; 32]);

/// Hashes tokens: HMAC-SHA-256 (RFC 2104) over the SHA-256 of the token, under a key that each database has for itself. Without that
/// key, nobody can tell whether a hash belongs to a token that they have.
#[derive(Clone)]
pub struct TokenHasher(Hmac<Sha256>);

impl std::fmt::Debug for TokenHasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenHasher").finish_non_exhaustive()
    }
}

impl TokenHasher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
        let hmac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Self(hmac)
    }

    pub fn hash(&self, token: &str) -> HashedToken {
        self.hash_sha256(&sha256(token))
    }

    /// The hash of a token of which only the SHA-256 is known.
    pub fn hash_sha256(&self, sha256: &[u8]) -> HashedToken {
        #[cfg(test)]
        HASHED.set(HASHED.get() + 1);
        // The copy has hashed the key already.
        HashedToken(self.0.clone().chain_update(sha256).finalize().into_bytes().into())
    }
}

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

    pub fn last_four(&self) -> &str {
        token::last_four(self.reveal())
    }
}

impl HashedToken {
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
    fn a_hash_depends_on_the_key_and_on_the_sha256_of_the_token_alone() {
        let hasher = TokenHasher::new(&[7; 32]);
        let hash = hasher.hash("sk_live_secret");
        assert_eq!(hash, hasher.hash_sha256(&sha256("sk_live_secret")));
        assert_eq!(
            hash.0,
            super::super::master_key::mac(&[7; 32], &[&sha256("sk_live_secret")])
        );
        assert_ne!(hash, TokenHasher::new(&[8; 32]).hash("sk_live_secret"));
        assert!(!format!("{hasher:?}").contains('7'));
    }

    #[test]
    fn a_generated_token_is_well_formed_and_prints_nothing() {
        let plain = PlainToken::generate(Kind::Test, &SeededRandom::new(7));
        assert_eq!(token::check(plain.reveal()), Ok(Kind::Test));
        assert!(!format!("{plain:?}").contains(plain.last_four()));
    }
}
