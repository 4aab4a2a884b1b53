//! The verifier's contract: what `POST /v1/keys/verify` takes and answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::ProfileId;
use crate::profile::{Action, Category, Content};
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
    /// The bias profile of the key, in the version in force.
    pub bias_profile: Option<Arc<ProfileInForce>>,
}

/// A bias profile as a gateway gets it: only the categories that are on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileInForce {
    pub id: ProfileId,
    pub name: String,
    pub version: i64,
    pub categories: Vec<CategoryInForce>,
}

/// From which score on what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CategoryInForce {
    pub category: Category,
    pub threshold: u8,
    pub action: Action,
}

impl ProfileInForce {
    pub fn new(id: ProfileId, version: i64, content: Content) -> Self {
        let on = content.settings.into_iter().filter(|setting| setting.on);
        Self {
            id,
            name: content.name,
            version,
            categories: on
                .map(|setting| CategoryInForce {
                    category: setting.category,
                    threshold: setting.threshold,
                    action: setting.action,
                })
                .collect(),
        }
    }
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
    pub const ALL: [Self; 7] = [
        Self::Valid,
        Self::NotFound,
        Self::Provisioning,
        Self::Inactive,
        Self::Expired,
        Self::Failed,
        Self::Forbidden,
    ];

    /// The word in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotFound => "NOT_FOUND",
            Self::Provisioning => "PROVISIONING",
            Self::Inactive => "INACTIVE",
            Self::Expired => "EXPIRED",
            Self::Failed => "FAILED",
            Self::Forbidden => "FORBIDDEN",
        }
    }

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
