//! Checks a receipt against public keys, without a database or a server.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use super::claims::{Claims, TYPE};
use crate::crypto::jws::{Refused, decode, ed25519_of, verify};

/// The longest receipt that is read, in bytes.
pub const MAX_RECEIPT: u64 = 64 * 1024;
/// The longest file of public keys that is read, in bytes.
pub const MAX_KEYS: u64 = 256 * 1024;

/// The Ed25519 keys that may have signed a receipt, by ID.
#[derive(Clone, Debug, Default)]
pub struct PublicKeys(BTreeMap<String, Vec<u8>>);

/// A receipt that is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub claims: Claims,
    /// The ID of the key that signed it.
    pub key_id: String,
}

/// What is wrong with a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("it is longer than {} bytes", MAX_RECEIPT)]
    TooLong,
    #[error("it has {0} of the 3 parts that a receipt has, separated by dots: it was cut, or it is something else")]
    Parts(usize),
    #[error("its header is not base64url with JSON inside")]
    Header,
    #[error("its type is {0:?}, and a receipt has the type {expected:?}", expected = TYPE)]
    Type(String),
    #[error("it is signed with the algorithm {0:?}, and a receipt is signed with EdDSA only")]
    Algorithm(String),
    #[error("it does not say with which key it was signed")]
    NoKeyId,
    #[error("the key that signed it, {0}, is not among the public keys")]
    UnknownKey(String),
    #[error("the signature does not fit: the receipt was altered or cut, or another key signed it")]
    Signature,
    #[error("the signature is right, and the claims are not those of a receipt: {0}")]
    Claims(String),
    #[error("the signature is right, and the claims contradict each other: {0}")]
    Contradiction(&'static str),
}

/// Why a file holds no public keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysFlaw {
    #[error("it is no JSON Web Key Set (RFC 7517): {0}")]
    Json(String),
    #[error("it has no Ed25519 key with an ID")]
    Empty,
}

/// The header as it stands there, so that a flaw can be named.
#[derive(Deserialize)]
struct RawHeader {
    alg: Option<String>,
    typ: Option<String>,
    kid: Option<String>,
}

impl PublicKeys {
    /// Reads a JSON Web Key Set. Keys of other kinds are left out.
    pub fn from_json(json: &[u8]) -> Result<Self, KeysFlaw> {
        let set: JwkSet = serde_json::from_slice(json).map_err(|error| KeysFlaw::Json(error.to_string()))?;
        let keys = set.keys.iter().filter_map(|key| {
            let public = ed25519_of(key)?;
            Some((key.common.key_id.clone()?, public))
        });
        let keys: BTreeMap<_, _> = keys.collect();
        if keys.is_empty() {
            return Err(KeysFlaw::Empty);
        }
        Ok(Self(keys))
    }

    pub(super) fn insert(&mut self, id: String, public: Vec<u8>) {
        self.0.insert(id, public);
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks a receipt. White space around it is not a part of it.
    pub fn check(&self, receipt: &str) -> Result<Checked, Flaw> {
        if receipt.len() as u64 > MAX_RECEIPT {
            return Err(Flaw::TooLong);
        }
        let receipt = receipt.trim_ascii();
        let parts = if receipt.is_empty() {
            0
        } else {
            receipt.split('.').count()
        };
        if parts != 3 {
            return Err(Flaw::Parts(parts));
        }
        let header = receipt.split('.').next().and_then(decode).ok_or(Flaw::Header)?;
        let header: RawHeader = serde_json::from_slice(&header).map_err(|_| Flaw::Header)?;
        let kind = header.typ.unwrap_or_default();
        if kind != TYPE {
            return Err(Flaw::Type(kind));
        }
        let algorithm = header.alg.unwrap_or_default();
        if algorithm != "EdDSA" {
            return Err(Flaw::Algorithm(algorithm));
        }
        let key_id = header.kid.ok_or(Flaw::NoKeyId)?;
        let Some(public) = self.0.get(&key_id) else {
            return Err(Flaw::UnknownKey(key_id));
        };
        let claims: Claims = verify(receipt, public).map_err(|refused| match refused {
            Refused::Signature => Flaw::Signature,
            Refused::Claims(why) => Flaw::Claims(why),
        })?;
        match claims.contradiction() {
            Some(why) => Err(Flaw::Contradiction(why)),
            None => Ok(Checked { claims, key_id }),
        }
    }
}

#[cfg(test)]
mod tests;
