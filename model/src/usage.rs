//! Queries to the usage, and their answers: requests over time by outcome.

mod range;

use serde::{Deserialize, Serialize};

pub use self::range::{InvalidRange, Range, Step};
use crate::customer_name::CustomerName;
use crate::id::{CustomerId, KeyId};
use crate::time::Timestamp;
use crate::verify::Code;

/// How many days of usage are kept, today not counted.
pub const KEPT_DAYS: i64 = 400;
/// Number of keys that are listed: those with the most requests.
pub const TOP_KEYS: u64 = 50;
/// Number of endpoints on one page of their table.
pub const ENDPOINTS: usize = 50;
/// Number of rows that each list of the most used shows at first.
pub const TOP_ROWS: usize = 8;
/// The value in the page's address that stands for requests to no endpoint.
pub const NO_ENDPOINT: &str = "-";
/// Number of hours that a sparkline shows, the current one included.
pub const SPARK_HOURS: usize = 24;

/// A query to the screen or its export. An empty field does not filter. The fields are also the parameters in the
/// page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageQuery {
    /// The slug of a [`Range`]; empty for the last 24 hours. Days in `from` or `to` take its place.
    pub range: String,
    /// The first and the last day, `2027-02-20`, in UTC and both included.
    pub from: String,
    pub to: String,
    /// An environment's name; empty for all; `None` for the one that was chosen last.
    pub environment: Option<String>,
    /// A key's ID, or its name. The key is shown whatever environment it belongs to.
    pub key: String,
    /// A customer's ID, or its external ID with or without `external:`, or its name. Not together with a key: requests are
    /// counted by key and by customer, and not by both at once.
    pub customer: String,
    /// An endpoint's name, or [`NO_ENDPOINT`].
    pub endpoint: String,
    /// How many endpoints come before the shown page of the table of endpoints.
    pub endpoints_from: usize,
}

/// The outcome of a request, in the groups that screens show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestOutcome {
    Allowed,
    /// The endpoint was not granted or does not exist.
    NotPermitted,
    RateLimited,
    Address,
    /// The key was provisioning, inactive, expired or failed, or its customer suspended.
    NotActive,
    UnknownKey,
}

/// Numbers of requests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes([u64; 6]);

/// What the screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    pub range: Range,
    /// The environment that the report is about; empty for all.
    pub environment: String,
    /// The key that the report is about.
    pub key: Option<KeyUsage>,
    /// The customer that the report is about.
    pub customer: Option<UsedCustomer>,
    /// The steps of the range that have begun, earliest first, also those without requests.
    pub buckets: Vec<Bucket>,
    /// One page of the endpoints with requests, at most [`ENDPOINTS`], the most used first.
    pub endpoints: Vec<EndpointUsage>,
    /// How many endpoints come before the next page.
    pub endpoints_next: Option<usize>,
    /// The most used first, [`TOP_KEYS`] at most. Empty in the report of one key or one customer.
    pub keys: Vec<KeyUsage>,
    /// The endpoints that a person can choose from, also retired ones: name and title.
    pub choices: Vec<(String, String)>,
    /// Whether there is any customer to choose.
    pub any_customers: bool,
    /// Whether a request was ever counted, here or in another environment.
    pub ever: bool,
    pub now: Timestamp,
}

/// A step of the range. The end is not part of it, and may lie in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub start: Timestamp,
    pub end: Timestamp,
    pub counts: Outcomes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointUsage {
    /// Empty where the requests belonged to no endpoint.
    pub name: String,
    pub title: String,
    pub counts: Outcomes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUsage {
    pub id: KeyId,
    pub of: UsedKeyName,
    pub requests: u64,
    pub refused: u64,
}

/// The customer to whom the requests belonged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCustomer {
    pub id: CustomerId,
    /// `None` if the customer was deleted, or never existed.
    pub called: Option<CustomerName>,
}

/// What a key is called, where that is still known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UsedKeyName {
    List {
        name: String,
        environment: String,
    },
    /// The environment's own key.
    Environment(String),
    /// The key was deleted, or never existed.
    Deleted,
}

impl RequestOutcome {
    pub const ALL: [Self; 6] = [
        Self::Allowed,
        Self::NotPermitted,
        Self::RateLimited,
        Self::Address,
        Self::NotActive,
        Self::UnknownKey,
    ];

    pub const fn of(code: Code) -> Self {
        match code {
            Code::Valid => Self::Allowed,
            Code::Forbidden => Self::NotPermitted,
            Code::RateLimited => Self::RateLimited,
            Code::AddressNotAllowed => Self::Address,
            Code::Provisioning | Code::Inactive | Code::Expired | Code::Failed | Code::Suspended => Self::NotActive,
            Code::NotFound => Self::UnknownKey,
        }
    }

    /// The words on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::NotPermitted => "Not permitted",
            Self::RateLimited => "Rate limited",
            Self::Address => "Address not allowed",
            Self::NotActive => "Key not active",
            Self::UnknownKey => "Unknown key",
        }
    }

    /// The word in class names.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::NotPermitted => "not-permitted",
            Self::RateLimited => "rate-limited",
            Self::Address => "address",
            Self::NotActive => "not-active",
            Self::UnknownKey => "unknown-key",
        }
    }
}

impl Outcomes {
    pub const fn add(&mut self, outcome: RequestOutcome, requests: u64) {
        self.0[outcome as usize] += requests;
    }

    pub const fn of(&self, outcome: RequestOutcome) -> u64 {
        self.0[outcome as usize]
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub fn refused(&self) -> u64 {
        self.total() - self.of(RequestOutcome::Allowed)
    }
}

impl std::iter::Sum for Outcomes {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, counts| {
            for (sum, count) in sum.0.iter_mut().zip(counts.0) {
                *sum += count;
            }
            sum
        })
    }
}

impl UsageReport {
    /// Whether the last step is not over yet.
    pub fn is_running(&self) -> bool {
        self.buckets.last().is_some_and(|last| last.end > self.now)
    }

    /// All requests of the range.
    pub fn total(&self) -> Outcomes {
        self.buckets.iter().map(|bucket| bucket.counts).sum()
    }

    /// The step with the most requests; `None` where there were none.
    pub fn peak(&self) -> Option<&Bucket> {
        // Of several steps with the most requests, the earliest is taken.
        let mut peak: Option<&Bucket> = None;
        for bucket in self.buckets.iter().filter(|bucket| bucket.counts.total() > 0) {
            if peak.is_none_or(|peak| bucket.counts.total() > peak.counts.total()) {
                peak = Some(bucket);
            }
        }
        peak
    }
}

/// How large a part is, for people: `0 %`, `< 1 %`, `12 %`, `> 99 %`, `100 %`.
pub fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    if part >= whole {
        return "100 %".to_owned();
    }
    let percent = u128::from(part) * 100 / u128::from(whole);
    match percent {
        0 => "< 1 %".to_owned(),
        99 => "> 99 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_counted_as_one_outcome_and_outcomes_add_up() {
        let mut counts = Outcomes::default();
        for code in Code::ALL {
            counts.add(RequestOutcome::of(code), 1);
        }
        let each: Vec<u64> = RequestOutcome::ALL
            .into_iter()
            .map(|outcome| counts.of(outcome))
            .collect();
        assert_eq!(each, [1, 1, 1, 1, 5, 1]);
        assert_eq!((counts.total(), counts.refused()), (10, 9));
        assert_eq!([counts, counts].into_iter().sum::<Outcomes>().total(), 20);
    }

    #[test]
    fn a_small_share_is_not_called_none_nor_a_large_one_all() {
        let told: Vec<String> = [(0, 10), (1, 1_000), (1, 8), (999, 1_000), (10, 10), (0, 0)]
            .into_iter()
            .map(|(part, whole)| share(part, whole))
            .collect();
        assert_eq!(told, ["0 %", "< 1 %", "12 %", "> 99 %", "100 %", "0 %"]);
    }
}
