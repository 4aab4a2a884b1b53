//! Randomness, hashes, signatures and the master key.

pub(crate) mod jws;
pub mod master_key;
pub mod random;
pub(crate) mod seal;
pub mod token;

use sha2::{Digest, Sha256};

/// SHA-256 of a secret with at least 112 random bits: enough against guessing, so no slow hash is needed (OWASP ASVS 5,
/// 6.5.2).
pub fn sha256(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
