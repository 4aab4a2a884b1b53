//! What is stored about the events of environments and their keys.

use serde::{Deserialize, Serialize};

use super::key::old_token_ends;
use super::{Details, StoredTime};
use crate::environment::Kind;
use crate::id::KeyId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentCreated {
    pub kind: Kind,
}

/// The key of an environment was made, revealed or copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentKey {
    pub key_id: KeyId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentKeyRotated {
    pub key_id: KeyId,
    pub old_token_ends_at: StoredTime,
}

impl Details for EnvironmentCreated {
    fn sentence(&self) -> String {
        format!("kind: {}", self.kind.as_str())
    }
}

impl Details for EnvironmentKey {
    fn sentence(&self) -> String {
        format!("key ID: {}", self.key_id)
    }
}

impl Details for EnvironmentKeyRotated {
    fn sentence(&self) -> String {
        old_token_ends(self.old_token_ends_at)
    }
}
