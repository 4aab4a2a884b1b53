//! What is stored about the events of keys.

use serde::{Deserialize, Serialize};

use super::{Details, StoredTime};
use crate::endpoint::Grant;
use crate::id::ProfileId;
use crate::status::{State, Status};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyCreated {
    /// The name of the environment.
    pub environment: String,
    pub endpoints: Grant,
    pub expires_at: Option<StoredTime>,
    pub bias_profile: Option<ProfileId>,
    pub state: State,
    /// The rate limits in words. `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// The allowed addresses in words. `None` where the key works everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_addresses: Option<String>,
    /// The external ID of the customer to whom the key belongs. `None` where it belongs to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The metadata in words. `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// What the key is for, its tags, and where it lives. `None` where nobody has said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Every node of the cluster knows the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyActivated {
    /// How many nodes there were.
    pub nodes: u64,
}

/// Provisioning ended badly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFailed {
    /// A sentence for people.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRotated {
    pub old_token_ends_at: StoredTime,
}

/// An old token was ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldTokenEnded {
    /// The last four characters of the token. Empty where nobody knew them, since another system had issued the token.
    pub last_four: String,
}

/// The key as it was when it was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyDeleted {
    pub status: Status,
    pub last_used_at: Option<StoredTime>,
}

impl Details for KeyCreated {
    fn sentence(&self) -> String {
        let endpoints = match &self.endpoints {
            Grant::All => "all endpoints".to_owned(),
            Grant::Only(names) => names.join(", "),
        };
        let mut told = format!("{}; {endpoints}", self.environment);
        if let Some(customer) = &self.customer {
            told.push_str("; customer: ");
            told.push_str(customer);
        }
        told
    }
}

impl Details for KeyActivated {
    fn sentence(&self) -> String {
        format!("{0} of {0} nodes ready", self.nodes)
    }
}

impl Details for KeyFailed {
    fn sentence(&self) -> String {
        self.reason.clone()
    }
}

impl Details for KeyRotated {
    fn sentence(&self) -> String {
        old_token_ends(self.old_token_ends_at)
    }
}

impl Details for OldTokenEnded {
    fn sentence(&self) -> String {
        if self.last_four.is_empty() {
            return "the imported token".to_owned();
        }
        format!("the old token …{}", self.last_four)
    }
}

impl Details for KeyDeleted {
    fn sentence(&self) -> String {
        let last_used = match self.last_used_at {
            Some(StoredTime(at)) => format!("last used: {}", at.exact()),
            None => "never used".to_owned(),
        };
        format!("status: {}; {last_used}", self.status.title())
    }
}

/// What a rotation means for the token that it replaced.
pub(super) fn old_token_ends(StoredTime(at): StoredTime) -> String {
    format!("the old token ends {}", at.exact())
}
