//! "Why denied?": each check of a decision, in the order in which the verifier makes them.

use serde::{Deserialize, Serialize};

use crate::path;
use crate::time::Timestamp;
use crate::verify::Code;

/// The checks of a decision, in the order in which they are made. The first check that fails decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Check {
    /// Is there such a key?
    Known,
    /// Is the key active? The status is computed from times.
    Status,
    /// May the keys of its customer work?
    Customer,
    /// Is the request's endpoint granted?
    Endpoint,
    /// May the key be used from the client's address?
    Address,
    /// Is it within its rate limits?
    Limit,
}

impl Check {
    pub const ALL: [Self; 6] = [
        Self::Known,
        Self::Status,
        Self::Customer,
        Self::Endpoint,
        Self::Address,
        Self::Limit,
    ];

    /// Its name on screens and the command line.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Known => "Key",
            Self::Status => "Status",
            Self::Customer => "Customer",
            Self::Endpoint => "Endpoint",
            Self::Address => "Address",
            Self::Limit => "Rate limit",
        }
    }
}

/// Why a request is not matched against the endpoints. "Why denied?" and the verifier's refusal use these sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unmatched {
    #[error("The path is refused since {0}.")]
    Path(path::Refused),
    #[error("The request is refused since nothing says which method and path it had.")]
    Unsaid,
    #[error("The request is refused since only one of its method and path is said.")]
    HalfSaid,
    #[error("The request is refused since its method or path is said twice; a client may have said one of them.")]
    SaidTwice,
    #[error(
        "The request is refused since its method and path are said in more than one way; a client may have said one of them."
    )]
    SaidInTwoWays,
    #[error("The request is refused since its method or path is not readable text.")]
    Unreadable,
}

/// The sentence for a request whose method and path belong to no endpoint.
pub const NO_ENDPOINT: &str = "The method and path belong to no endpoint.";

/// The request that is asked about, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainForm {
    #[serde(default)]
    pub method: String,
    /// The path as the client would send it; a query is ignored.
    #[serde(default)]
    pub path: String,
    /// The client's address; empty where nobody knows it.
    #[serde(default)]
    pub address: String,
    /// The time of the request: RFC 3339 or the value of a `datetime-local` field (UTC); empty for now.
    #[serde(default)]
    pub time: String,
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckResult {
    Passed,
    /// The check would refuse the request. Only the first failed check decides.
    Failed,
}

/// One check with its result and the reason, a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub check: Check,
    pub result: CheckResult,
    pub reason: String,
}

impl Code {
    /// What `/v1/authorize` sends: the HTTP status, and for a refusal the problem's code.
    pub const fn http(self) -> (u16, Option<&'static str>) {
        match self {
            Self::Valid => (200, None),
            Self::NotFound => (401, Some("ERR_INVALID_KEY")),
            Self::Provisioning => (401, Some("ERR_KEY_PROVISIONING")),
            Self::Inactive => (401, Some("ERR_KEY_INACTIVE")),
            Self::Expired => (401, Some("ERR_KEY_EXPIRED")),
            Self::Failed => (401, Some("ERR_KEY_FAILED")),
            Self::Suspended => (403, Some("ERR_CUSTOMER_SUSPENDED")),
            Self::Forbidden => (403, Some("ERR_NO_PERMISSION")),
            Self::AddressNotAllowed => (403, Some("ERR_ADDRESS_NOT_ALLOWED")),
            Self::RateLimited => (429, Some("ERR_TOO_MANY_REQUESTS")),
        }
    }
}

/// The answer to "Why denied?". Asking counts no request and uses up no limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What the verifier would answer.
    pub code: Code,
    /// All checks, in their order.
    pub checks: Vec<Checked>,
    /// The name of the request's endpoint, where it belongs to one.
    pub endpoint: Option<String>,
    /// The time of the request that is asked about.
    pub at: Timestamp,
}
