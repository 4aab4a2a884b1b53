//! Encryption of secrets that have to be read again, under the master key or a key that only their owner has: XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha). The purpose and the owner's ID are the associated data, so that nobody can put a sealed
//! value in the place of another one.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::SecretString;

use super::master_key::MasterKey;
use super::random::Random;
use crate::error::{Error, Result};

/// Bytes before the ciphertext: the ID of the master key, and the nonce.
const ID: usize = 8;
const NONCE: usize = 24;

/// Seals and opens under one key.
pub(crate) struct Seal {
    id: [u8; ID],
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Seal {
    /// Seals under another key than the master key.
    pub(crate) fn under(key: &[u8; 32]) -> Self {
        Self {
            id: [0; ID],
            cipher: XChaCha20Poly1305::new(&Key::from(*key)),
        }
    }

    pub(crate) fn new(master_key: &MasterKey) -> Self {
        let mut id = [0; ID];
        id.copy_from_slice(&master_key.derive("latchkey master key id")[..ID]);
        Self {
            id,
            cipher: XChaCha20Poly1305::new(&Key::from(master_key.derive("latchkey seal"))),
        }
    }

    /// Encrypts `secret` for `what` (a purpose and an ID). It can be opened only for that.
    pub(crate) fn seal(&self, random: &dyn Random, what: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let payload = Payload {
            msg: secret,
            aad: what.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::Internal(format!("cannot seal {what}")))?;
        Ok([self.id.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Decrypts a value that was sealed for `what`.
    pub(crate) fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let unreadable = || Error::Internal(format!("{what} was changed in the database, or is another's"));
        let (id, rest) = sealed.split_at_checked(ID).ok_or_else(unreadable)?;
        if id != self.id {
            return Err(Error::Internal(format!("{what} is sealed under another master key")));
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
        let payload = Payload {
            msg: text,
            aad: what.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| unreadable())
    }

    /// Decrypts a text.
    pub(crate) fn open_text(&self, what: &str, sealed: &[u8]) -> Result<SecretString> {
        let text = String::from_utf8(self.open(what, sealed)?);
        Ok(text.map_err(|_| Error::Internal(format!("{what} is not text")))?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::SeededRandom;
    use super::*;

    fn seal(letter: &str) -> Seal {
        Seal::new(&MasterKey::from_text(&letter.repeat(32)).unwrap())
    }

    #[test]
    fn only_the_same_thing_under_the_same_key_opens() {
        let random = SeededRandom::new(1);
        let sealed = seal("k").seal(&random, "environment key key_1", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(seal("k").open("environment key key_1", &sealed).unwrap(), b"secret");
        assert!(seal("k").open("environment key key_2", &sealed).is_err());
        let error = seal("x").open("environment key key_1", &sealed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment key key_1 is sealed under another master key"
        );
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let sealed = seal("k").seal(&SeededRandom::new(1), "it", b"secret").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal("k").open("it", &changed).is_err(), "byte {at}");
        }
        assert!(seal("k").open("it", &[]).is_err());
    }

    #[test]
    fn the_same_secret_looks_different_each_time() {
        let random = SeededRandom::new(1);
        let once = seal("k").seal(&random, "it", b"secret").unwrap();
        assert_ne!(once, seal("k").seal(&random, "it", b"secret").unwrap());
    }
}
