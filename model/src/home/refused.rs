//! The keys with the most refused requests, and the main reason.

use serde::{Deserialize, Serialize};

use crate::id::KeyId;
use crate::time::Timestamp;
use crate::verify::Code;

/// Number of keys that Home lists.
pub const MOST_REFUSED: usize = 5;

/// A key and its refused requests of 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedKey {
    pub name: RefusedName,
    pub reason: Reason,
    pub requests: u64,
}

/// What the key is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusedName {
    Key {
        id: KeyId,
        name: String,
    },
    /// An environment's own key.
    Environment {
        id: KeyId,
        environment: String,
    },
    /// A key that was deleted since.
    Deleted(KeyId),
    /// Tokens that belong to no key.
    Unknown,
}

/// The reason for most of a key's refused requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: Code,
    /// For requests that were not permitted: the title of the endpoint, empty where the path belongs to none.
    pub endpoint: String,
    /// For a key that has expired: when.
    pub expired_at: Option<Timestamp>,
}

impl Reason {
    /// In words, such as `rate limit` or `Image not granted`.
    pub fn words(&self) -> String {
        let words = match self.code {
            Code::Valid => "",
            Code::NotFound => "no such key",
            Code::Provisioning => "not ready yet",
            Code::Inactive => "disabled",
            Code::Expired => "expired",
            Code::Failed => "failed",
            Code::Suspended => "customer suspended",
            Code::Forbidden if self.endpoint.is_empty() => "no such endpoint",
            Code::Forbidden => return format!("{} not granted", self.endpoint),
            Code::AddressNotAllowed => "address not allowed",
            Code::RateLimited => "rate limit",
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_in_a_few_words() {
        let told = |code, endpoint: &str| {
            Reason {
                code,
                endpoint: endpoint.to_owned(),
                expired_at: None,
            }
            .words()
        };
        assert_eq!(told(Code::Forbidden, "Image"), "Image not granted");
        assert_eq!(told(Code::Forbidden, ""), "no such endpoint");
        assert_eq!(told(Code::RateLimited, "Image"), "rate limit");
        for code in Code::ALL {
            assert_eq!(told(code, "").is_empty(), code == Code::Valid, "{code:?}");
        }
    }
}
