//! What is stored about the events of customers.

use serde::{Deserialize, Serialize};

use super::Details;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerCreated {
    pub external_id: String,
    /// The metadata in words. `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// The shared limits in words. `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_limits: Option<String>,
}

/// The customer as it was when it was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerDeleted {
    pub external_id: String,
}

impl Details for CustomerCreated {
    fn sentence(&self) -> String {
        let mut told = vec![format!("external ID: {}", self.external_id)];
        if let Some(metadata) = &self.metadata {
            told.push(format!("metadata: {metadata}"));
        }
        if let Some(limits) = &self.shared_limits {
            told.push(format!("shared limits: {limits}"));
        }
        told.join("; ")
    }
}

impl Details for CustomerDeleted {
    fn sentence(&self) -> String {
        format!("external ID: {}", self.external_id)
    }
}
