//! What is stored about the events of service accounts and their tokens.

use serde::{Deserialize, Serialize};

use super::account::role_in_words;
use super::{Details, StoredTime};
use crate::id::ServiceTokenId;
use crate::role::Role;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountCreated {
    pub role: Role,
    /// The names of the environments to which it is kept; `None` for all.
    pub environments: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceTokenCreated {
    pub token_id: ServiceTokenId,
    pub expires_at: Option<StoredTime>,
    /// The networks from which it may be used; `None` for all.
    pub allowed_addresses: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceTokenEnded {
    pub token_id: ServiceTokenId,
}

impl Details for ServiceAccountCreated {
    fn sentence(&self) -> String {
        let role = role_in_words(self.role);
        match &self.environments {
            Some(names) => format!("{role}; environments: {}", names.join(", ")),
            None => role,
        }
    }
}

impl Details for ServiceTokenCreated {
    fn sentence(&self) -> String {
        let mut told = vec![format!("token ID: {}", self.token_id)];
        if let Some(end) = self.expires_at {
            told.push(format!("expires: {}", end.0.exact()));
        }
        if let Some(addresses) = &self.allowed_addresses {
            told.push(format!("allowed addresses: {addresses}"));
        }
        told.join("; ")
    }
}

impl Details for ServiceTokenEnded {
    fn sentence(&self) -> String {
        format!("token ID: {}", self.token_id)
    }
}
