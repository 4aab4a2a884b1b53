//! The verifier's contract: what `POST /v1/keys/verify` takes and answers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::id::ProfileId;
use crate::profile::{Action, Category, Content};
use crate::status::Status;
use crate::time::Timestamp;

/// The body of `POST /v1/keys/verify`: a key and either an endpoint's name or a method and path. Its texts borrow from
/// the body's bytes where they have no escapes.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyRequest<'a> {
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(borrow, default)]
    pub endpoint: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub method: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub path: Option<Text<'a>>,
    /// The client's address, for keys that may be used from certain addresses only.
    #[serde(borrow, default)]
    pub ip: Option<Text<'a>>,
    /// The answer must know at least this change.
    #[serde(default)]
    pub min_change: Option<MinChange>,
}

/// The number of a change that an answer must know: a whole number, not below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct MinChange(pub i64);

impl TryFrom<u64> for MinChange {
    type Error = std::num::TryFromIntError;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        i64::try_from(number).map(Self)
    }
}

/// A text that borrows from the body also inside an `Option`.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for VerifyRequest<'_> {
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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResponse<'a> {
    pub valid: bool,
    pub code: Code,
    pub key_id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub environment: Option<&'a str>,
    pub endpoint: Option<&'a str>,
    /// RFC 3339, UTC.
    #[serde(serialize_with = "rfc3339")]
    pub expires_at: Option<Timestamp>,
    /// The bias profile of the key, in the version in force.
    pub bias_profile: Option<&'a ProfileInForce>,
    /// The customer to whom the key belongs; left out where it belongs to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerInAnswer<'a>>,
    /// The key's metadata; left out where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a RawValue>,
}

/// A customer as a gateway gets it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerInAnswer<'a> {
    pub id: &'a str,
    pub external_id: &'a str,
    pub name: &'a str,
    /// Null where it has none.
    pub metadata: Option<&'a RawValue>,
}

#[expect(clippy::ref_option, reason = "this is how serde calls it")]
fn rfc3339<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(Timestamp::rfc3339).serialize(serializer)
}

/// A bias profile as a gateway gets it: only the categories that are on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileInForce {
    pub id: ProfileId,
    pub name: String,
    pub version: i64,
    pub categories: Vec<CategoryInForce>,
}

/// A category with its threshold and its action.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    Valid,
    /// Unknown, deleted or with a wrong checksum.
    NotFound,
    Provisioning,
    Inactive,
    Expired,
    Failed,
    /// The customer to whom the key belongs is suspended.
    Suspended,
    /// The endpoint was not granted or does not exist.
    Forbidden,
    /// The key may not be used from the client's address.
    AddressNotAllowed,
    /// The key has reached one of its rate limits.
    RateLimited,
}

impl Code {
    pub const ALL: [Self; 10] = [
        Self::Valid,
        Self::NotFound,
        Self::Provisioning,
        Self::Inactive,
        Self::Expired,
        Self::Failed,
        Self::Suspended,
        Self::Forbidden,
        Self::AddressNotAllowed,
        Self::RateLimited,
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
            Self::Suspended => "SUSPENDED",
            Self::Forbidden => "FORBIDDEN",
            Self::AddressNotAllowed => "ADDRESS_NOT_ALLOWED",
            Self::RateLimited => "RATE_LIMITED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
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
