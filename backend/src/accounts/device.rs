//! Recognises browsers that have logged in before (OWASP "device cookies"): the cookie is a MAC over the account, and
//! nothing is stored.

use subtle::ConstantTimeEq;

use super::hex::hex;
use crate::crypto::master_key::{MasterKey, mac};

/// Makes and checks the cookie's value.
#[derive(Debug)]
pub(crate) struct Devices {
    key: [u8; 32],
}

impl Devices {
    pub(crate) fn new(master_key: &MasterKey) -> Self {
        Self {
            key: master_key.derive("latchkey device cookie"),
        }
    }

    /// The value for a browser that has just logged in to this account.
    pub(crate) fn cookie(&self, email: &str) -> String {
        hex(&mac(&self.key, &[email.as_bytes()]))
    }

    /// Whether a browser has logged in to this account before.
    pub(crate) fn knows(&self, cookie: Option<&str>, email: &str) -> bool {
        cookie.is_some_and(|cookie| self.cookie(email).as_bytes().ct_eq(cookie.as_bytes()).into())
    }
}
