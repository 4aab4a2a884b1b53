//! What is stored about the events of endpoints and bias profiles.

use serde::{Deserialize, Serialize};

use super::Details;
use super::stored::{FieldChange, changes_in_words};
use crate::endpoint::Pattern;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointCreated {
    pub patterns: Vec<Pattern>,
}

/// A bias profile was created, or deleted in this version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileVersion {
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileEdited {
    /// The number of the new version.
    pub version: i64,
    pub changes: Vec<FieldChange>,
}

impl Details for EndpointCreated {
    fn sentence(&self) -> String {
        let pattern = |Pattern { method, path }: &Pattern| format!("{method} {path}");
        self.patterns.iter().map(pattern).collect::<Vec<_>>().join(", ")
    }
}

impl Details for ProfileVersion {
    fn sentence(&self) -> String {
        format!("version: {}", self.version)
    }
}

impl Details for ProfileEdited {
    fn sentence(&self) -> String {
        changes_in_words(&self.changes)
    }
}
