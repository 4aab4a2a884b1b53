//! Errors under `/v1`, and of receipts: `application/problem+json` (RFC 9457).

use serde::Serialize;

use crate::explain::{NO_ENDPOINT, Unmatched};

/// The body of every 4xx and 5xx answer under `/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    /// Stable, for programs.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: String,
    /// The endpoint that was asked for, where it is known.
    pub endpoint: Option<String>,
}

impl Problem {
    /// A problem without a page of its own (RFC 9457, section 4.2.1): its title is the status phrase.
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            409 => "Conflict",
            413 => "Content Too Large",
            414 => "URI Too Long",
            415 => "Unsupported Media Type",
            429 => "Too Many Requests",
            431 => "Request Header Fields Too Large",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        Self {
            kind: "about:blank",
            title,
            status,
            code,
            detail: detail.into(),
            endpoint: None,
        }
    }

    /// The refusal of a request that is for no endpoint of the key.
    pub fn no_permission(endpoint: Option<&str>, unmatched: Option<Unmatched>) -> Self {
        let detail = match (endpoint, unmatched) {
            (Some(name), _) => format!("Access to {name} endpoint is denied for this key."),
            (None, Some(why)) => why.to_string(),
            (None, None) => NO_ENDPOINT.to_owned(),
        };
        Self::new(403, "ERR_NO_PERMISSION", detail).with_endpoint(endpoint)
    }

    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Option<&str>) -> Self {
        self.endpoint = endpoint.map(str::to_owned);
        self
    }
}
