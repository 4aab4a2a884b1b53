//! The verifier's contract: what `POST /v1/keys/verify` takes and answers.

use serde::{Deserialize, Serialize};

use crate::status::Status;

/// The body of `POST /v1/keys/verify`: a key and either an endpoint's name or a method and path.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyRequest {
    pub key: String,
    #[serde(default)]
    pub endpoint: Option<String>,
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
    /// The caller's address, for keys that are bound to some.
    #[serde(default)]
    pub ip: Option<String>,
}

impl std::fmt::Debug for VerifyRequest {
    /// Leaves the key out: it is a secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VerifyRequest")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The answer, 200 for every well-formed request. The fields about the key are null when it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResponse {
    pub valid: bool,
    pub code: Code,
    pub key_id: Option<String>,
    pub name: Option<String>,
    pub environment: Option<String>,
    pub endpoint: Option<String>,
    /// RFC 3339, UTC.
    pub expires_at: Option<String>,
    /// Always null until bias profiles can be assigned.
    pub bias_profile: Option<()>,
}

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    Valid,
    /// Unknown, deleted or with a wrong checksum.
    NotFound,
    Provisioning,
    Inactive,
    Expired,
    Failed,
    /// The endpoint was not granted, or there is none such.
    Forbidden,
}

impl Code {
    /// Why a key of this status is refused; `None` when it is not.
    pub const fn of_status(status: Status) -> Option<Self> {
        match status {
            Status::Active => None,
            Status::Provisioning => Some(Self::Provisioning),
            Status::Inactive => Some(Self::Inactive),
            Status::Expired => Some(Self::Expired),
            Status::Failed => Some(Self::Failed),
        }
    }
}
