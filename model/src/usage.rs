//! Queries to the usage, and their answers: requests over time by outcome.

use serde::{Deserialize, Serialize};

use crate::customer_name::CustomerName;
use crate::id::{CustomerId, KeyId};
use crate::time::{DAY, HOUR, Timestamp};
use crate::verify::Code;

/// How many days of usage are kept, today not counted.
pub const KEPT_DAYS: i64 = 400;
/// Number of keys that are listed: those with the most requests.
pub const TOP_KEYS: u64 = 50;
/// Number of endpoints on one page of their table.
pub const ENDPOINTS: usize = 50;
/// The value in the page's address that stands for requests to no endpoint.
pub const NO_ENDPOINT: &str = "-";
/// Number of hours that a sparkline shows, the current one included.
pub const SPARK_HOURS: usize = 24;

/// A query to the screen or its export. An empty field does not filter. The fields are also the parameters in the
/// page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageQuery {
    /// The slug of a [`Range`]; empty for the last 24 hours.
    pub range: String,
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

/// A span of time that ends now. Its steps are whole hours or days in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// 24 hours, by hour.
    Day,
    /// 7 days, by 6 hours.
    Week,
    /// 30 days, by day.
    Month,
    /// All the usage that is kept, by week.
    All,
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
    /// The steps of the whole range, earliest first, also those without requests.
    pub buckets: Vec<Bucket>,
    /// One page of the endpoints with requests, at most [`ENDPOINTS`].
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

impl Range {
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::All];

    /// The word in URLs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::All => "400d",
        }
    }

    /// The words on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
            Self::All => "Last 400 days",
        }
    }

    /// What one bar of the chart and one row of the table stand for.
    pub const fn step(self) -> &'static str {
        match self {
            Self::Day => "hour",
            Self::Week => "6 hours",
            Self::Month => "day",
            Self::All => "week",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        if slug.is_empty() {
            return Some(Self::Day);
        }
        Self::ALL.into_iter().find(|range| range.slug() == slug)
    }

    /// The start of each step, earliest first. The last step has not ended.
    pub fn starts(self, now: Timestamp) -> Vec<Timestamp> {
        let (step, count) = match self {
            Self::Day => (HOUR, 24),
            Self::Week => (6 * HOUR, 28),
            Self::Month => (DAY, 30),
            Self::All => return weeks(now),
        };
        let last = floor(now, step);
        (0..count).rev().map(|back| last.plus(-back * step)).collect()
    }

    /// The end of its last step.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day => floor(now, HOUR).plus(HOUR),
            Self::Week => floor(now, 6 * HOUR).plus(6 * HOUR),
            Self::Month | Self::All => floor(now, DAY).plus(DAY),
        }
    }

    /// Whether its steps are whole days.
    pub const fn is_by_day(self) -> bool {
        matches!(self, Self::Month | Self::All)
    }

    /// The step that starts here, for people, in UTC: `20 Nov, 14:00–15:00`, `20 Nov 2026`.
    pub fn in_words(self, start: Timestamp, end: Timestamp) -> String {
        match self {
            Self::Day | Self::Week => {
                format!(
                    "{}, {}–{}",
                    start.day_and_month(),
                    start.time_of_day(),
                    end.time_of_day()
                )
            }
            Self::Month => start.date(),
            Self::All => format!("{} – {}", start.day_and_month(), end.plus(-DAY).date()),
        }
    }
}

/// The start of the step that contains a point in time.
const fn floor(at: Timestamp, step: i64) -> Timestamp {
    Timestamp(at.0.div_euclid(step) * step)
}

/// The starts of the weeks, which begin on Monday. The first week begins on the first day that is shown.
fn weeks(now: Timestamp) -> Vec<Timestamp> {
    let today = now.0.div_euclid(DAY);
    let first = today - KEPT_DAYS + 1;
    // Day 0 was a Thursday.
    let is_monday = |day: i64| (day + 3).rem_euclid(7) == 0;
    (first..=today)
        .filter(|day| *day == first || is_monday(*day))
        .map(|day| Timestamp(day * DAY))
        .collect()
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

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // Sunday, 2026-11-22T05:43:00Z

    fn ends(range: Range) -> (usize, String, String, String) {
        let starts = range.starts(NOW);
        let at = |at: Timestamp| at.rfc3339();
        (
            starts.len(),
            at(starts[0]),
            at(starts[starts.len() - 1]),
            at(range.end(NOW)),
        )
    }

    #[test]
    fn a_range_ends_with_the_step_that_is_now() {
        let told =
            |count, first: &str, last: &str, end: &str| (count, first.to_owned(), last.to_owned(), end.to_owned());
        assert_eq!(
            ends(Range::Day),
            told(
                24,
                "2026-11-21T06:00:00Z",
                "2026-11-22T05:00:00Z",
                "2026-11-22T06:00:00Z"
            )
        );
        assert_eq!(
            ends(Range::Week),
            told(
                28,
                "2026-11-15T06:00:00Z",
                "2026-11-22T00:00:00Z",
                "2026-11-22T06:00:00Z"
            )
        );
        assert_eq!(
            ends(Range::Month),
            told(
                30,
                "2026-10-24T00:00:00Z",
                "2026-11-22T00:00:00Z",
                "2026-11-23T00:00:00Z"
            )
        );
        // 400 days; the first week is a part of one, and this one began on Monday.
        assert_eq!(
            ends(Range::All),
            told(
                58,
                "2025-10-19T00:00:00Z",
                "2026-11-16T00:00:00Z",
                "2026-11-23T00:00:00Z"
            )
        );
        assert_eq!(Range::All.starts(NOW)[1].rfc3339(), "2025-10-20T00:00:00Z");
    }

    #[test]
    fn words_in_urls_read_back() {
        for range in Range::ALL {
            assert_eq!(Range::parse(range.slug()), Some(range));
        }
        assert_eq!(Range::parse(""), Some(Range::Day));
        assert_eq!(Range::parse("a fortnight"), None);
    }

    #[test]
    fn a_step_is_told_in_words() {
        let told = |range: Range, start: &str, hours: i64| {
            let start = Timestamp::end_of_day(start, 0).unwrap().plus(1 - DAY + 12 * HOUR);
            range.in_words(start, start.plus(hours * HOUR))
        };
        assert_eq!(told(Range::Day, "2026-11-20", 1), "20 Nov, 12:00–13:00");
        assert_eq!(told(Range::Week, "2026-11-20", 6), "20 Nov, 12:00–18:00");
        assert_eq!(told(Range::Month, "2026-11-20", 24), "20 Nov 2026");
        assert_eq!(told(Range::All, "2026-11-16", 7 * 24), "16 Nov – 22 Nov 2026");
    }

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
