//! What is stored about refusals, and about the audit log itself.

use serde::{Deserialize, Serialize};

use super::Details;
use super::stored::{is_zero, with_suppressed};
use crate::audit::AuditQuery;
use crate::role::Role;

/// A person or a service account asked for what they may not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleRefused {
    /// What was asked for: `POST /api/keys/create`.
    pub request: String,
    /// The role that they had. `None` where the refusal was about one key of a bulk action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditExported {
    /// The filters of the export.
    pub query: AuditQuery,
}

/// Events were cut off the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// The number of the last event before the cut.
    pub after: i64,
}

impl Details for ConsoleRefused {
    fn sentence(&self) -> String {
        with_suppressed(self.request.clone(), self.suppressed)
    }
}

impl Details for AuditExported {
    fn sentence(&self) -> String {
        let AuditQuery {
            actor,
            action,
            subject,
            from,
            to,
            before,
        } = &self.query;
        let fields = [
            ("actor", actor),
            ("action", action),
            ("subject", subject),
            ("from", from),
            ("to", to),
            ("before event", before),
        ];
        let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let told: Vec<String> = filled.map(|(name, value)| format!("{name}: {value}")).collect();
        if told.is_empty() {
            "all events".to_owned()
        } else {
            told.join("; ")
        }
    }
}

impl Details for CutOff {
    fn sentence(&self) -> String {
        format!("after event {}", self.after)
    }
}
