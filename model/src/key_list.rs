//! The list of keys: its query, and what it shows.

use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::customer_name::CustomerName;
use crate::id::KeyId;
use crate::list::PageSize;
use crate::profile::ProfileName;
use crate::status::{PROVISIONING_LIMIT, Status};
use crate::time::{DAY, Timestamp};
use crate::words::Marks;

/// Number of keys on one page of the list.
pub const PAGE_SIZE: u64 = 50;
/// The keys of a filtered list are counted up to this number and no further.
pub const COUNT_LIMIT: u64 = 1_000;
/// The most endpoints, the most bias profiles, and the most tags by which one query can filter.
pub const MAX_FILTER_VALUES: usize = 100;
/// The most keys in one request of a bulk action.
pub const MAX_BULK_KEYS: usize = 25;
/// The most keys in one request for the preview of a bulk action.
pub const MAX_BULK_PREVIEW_KEYS: usize = 256;
/// Number of keys that the preview of a bulk action names.
pub const BULK_NAMES: usize = 5;
/// Number of endpoints that a key's row names; the key's own screen has all of them.
pub const ROW_TITLES: usize = 20;

/// A query to the list of keys. It is also the page's query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyQuery {
    /// The beginnings of words of a name, or the beginning of a key ID, or the last four characters of a token.
    #[serde(default)]
    pub search: String,
    /// An environment's name; empty for all; `None` for the one that was chosen last.
    #[serde(default)]
    pub environment: Option<String>,
    /// Slugs of the wanted statuses; empty for all.
    #[serde(default)]
    pub status: Bounded<String, { Status::ALL.len() }>,
    /// Names of the wanted endpoints; empty for all.
    #[serde(default)]
    pub endpoint: Bounded<String, MAX_FILTER_VALUES>,
    /// IDs of the wanted bias profiles, or `none`; empty for all.
    #[serde(default)]
    pub profile: Bounded<String, MAX_FILTER_VALUES>,
    /// The ID of a customer, or its external ID after `external:`; empty for all keys.
    #[serde(default)]
    pub customer: String,
    /// The wanted tags; empty for all keys.
    #[serde(default)]
    pub tag: Bounded<String, MAX_FILTER_VALUES>,
    /// The ID of the person or service account that created the keys, or [`ME`]; empty for all keys.
    #[serde(default)]
    pub creator: String,
    /// The slug of an [`Expiry`]; empty for all keys.
    #[serde(default)]
    pub expiry: String,
    /// The slug of an [`Attention`]; empty for all keys.
    #[serde(default)]
    pub attention: String,
    /// The slug of a [`Sort`]; empty for newest first.
    #[serde(default)]
    pub sort: String,
    /// Where the page starts; empty for the first page.
    #[serde(default)]
    pub after: String,
    /// Where the page ends, for the page before another one. Ignored beside `after`.
    #[serde(default)]
    pub before: String,
    /// How many keys a page has, one of [`PAGE_SIZES`]; empty for the usual number.
    #[serde(default)]
    pub size: String,
}

/// The word for the keys of the person who asks.
pub const ME: &str = "me";
/// The numbers of keys that a page can have.
pub const PAGE_SIZES: [u64; 3] = [25, PAGE_SIZE, 100];

/// When keys end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Within 14 days.
    Soon,
    Expired,
    Never,
}

impl KeyQuery {
    /// How many keys a page has.
    pub fn page_size(&self) -> PageSize {
        let known = PAGE_SIZES.into_iter().find(|rows| self.size.parse() == Ok(*rows));
        known.and_then(PageSize::new).unwrap_or(PageSize::USUAL)
    }
}

impl Expiry {
    pub const ALL: [Self; 3] = [Self::Soon, Self::Expired, Self::Never];

    /// The word in URLs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Expired => "expired",
            Self::Never => "never",
        }
    }

    /// The words on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Soon => "Within 14 days",
            Self::Expired => "Expired",
            Self::Never => "Never",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|expiry| expiry.slug() == slug)
    }
}

/// What the best practices ask a person to watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attention {
    /// Keys that end within 14 days.
    Expiring,
    /// Active keys that were not used for 30 days.
    Unused,
    /// Active keys with a token older than 90 days.
    NotRotated,
    /// Active keys that were used, but not for all of their endpoints.
    MoreThanUsed,
    /// Active keys whose owner is a person who was disabled.
    OwnerDisabled,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    Name,
    NameDescending,
    /// The first to end comes first; keys without an end come last.
    Ending,
    EndingDescending,
    /// The last used comes first; keys never used come last.
    Used,
    UsedDescending,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    /// The name of its owner, or of the program that created it.
    pub creator: String,
    /// `sk_live_…9fQ2`
    pub masked: String,
    pub status: Status,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// Number of its requests in the last 24 hours that were allowed.
    pub used_24h: u64,
    /// The numbers of these requests by hour, the current hour last; empty where there were none.
    pub used_by_hour: Vec<u64>,
    /// The granted endpoints; `None` for all.
    pub endpoints: Option<GrantedTitles>,
    pub profile: Option<ProfileName>,
    /// The customer to whom it belongs.
    pub customer: Option<CustomerName>,
    /// Whether the key belongs to a person who was disabled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_disabled: bool,
    /// Whether the person who asked may change this key.
    pub may_change: bool,
    /// What the search has found in it.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
}

/// The endpoints that a key was given, as its row shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedTitles {
    /// The first titles, at most [`ROW_TITLES`].
    pub first: Vec<String>,
    /// How many endpoints there are.
    pub count: usize,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPage {
    pub rows: Vec<KeyRow>,
    /// Number of keys that match, on all pages.
    pub matching: Matching,
    /// Number of all keys, matching or not. Where it is 0, the screen invites the person to create a key; where only no
    /// key matches, it does not.
    pub total: u64,
    /// Where the next page starts, and where the previous one ends.
    pub next: Option<String>,
    pub previous: Option<String>,
    /// What the filters offer.
    pub endpoints: Choices,
    pub profiles: Choices,
    /// Without options if there are no customers, or if the query names one.
    pub customers: Choices,
    /// Without options if no key has a tag.
    pub tags: Choices,
    /// The person who asks, and the creator in the query. All others are searched.
    pub creators: Choices,
    /// The name of the customer in the query, or what stands there if there is no such customer.
    pub customer: Option<String>,
    pub now: Timestamp,
    pub may_create: bool,
}

/// What a filter offers: the value and the words of each option.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub options: Vec<(String, String)>,
    /// Whether there are too many options to show them all. Then `options` has only the chosen ones.
    pub more: bool,
}

/// A count that stops at [`COUNT_LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    Exactly(u64),
    MoreThan(u64),
}

/// What is done to many keys at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAction {
    Disable,
    Delete,
}

impl BulkAction {
    /// `disable`
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }
}

/// What the question before a bulk action shows about some of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPreview {
    /// The first names, newest key first, at most [`BULK_NAMES`].
    pub names: Vec<String>,
    /// How many of the keys were used in the last 24 hours.
    pub used_24h: u64,
}

/// The result of a bulk action for one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkOutcome {
    pub id: KeyId,
    /// Why nothing was done to the key.
    pub refused: Option<String>,
}

impl From<Vec<String>> for GrantedTitles {
    fn from(mut titles: Vec<String>) -> Self {
        let count = titles.len();
        titles.truncate(ROW_TITLES);
        Self { first: titles, count }
    }
}

impl KeyRow {
    /// When its status will change by itself, if it will.
    pub fn changes_at(&self) -> Option<Timestamp> {
        match self.status {
            Status::Provisioning => Some(self.created_at.plus(PROVISIONING_LIMIT)),
            Status::Active | Status::Inactive => self.expires_at,
            Status::Expired | Status::Failed => None,
        }
    }
}

impl Matching {
    /// The count of a search that stops one past [`COUNT_LIMIT`].
    pub const fn of(found: usize) -> Self {
        let found = found as u64;
        if found > COUNT_LIMIT {
            Self::MoreThan(COUNT_LIMIT)
        } else {
            Self::Exactly(found)
        }
    }
}

impl Attention {
    pub const ALL: [Self; 5] = [
        Self::Expiring,
        Self::Unused,
        Self::NotRotated,
        Self::MoreThanUsed,
        Self::OwnerDisabled,
    ];

    /// The word in URLs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Expiring => "expiring",
            Self::Unused => "unused",
            Self::NotRotated => "not-rotated",
            Self::MoreThanUsed => "more-than-used",
            Self::OwnerDisabled => "owner-disabled",
        }
    }

    /// The words on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Expiring => "Expire within 14 days",
            Self::Unused => "Unused for 30 days",
            Self::NotRotated => "Not rotated for 90 days",
            Self::MoreThanUsed => "Unused permissions",
            Self::OwnerDisabled => "Owner is disabled",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attention| attention.slug() == slug)
    }
}

/// After how much time a key counts as unused, and as not rotated, in milliseconds.
pub const UNUSED_AFTER: i64 = 30 * DAY;
pub const NOT_ROTATED_AFTER: i64 = 90 * DAY;

impl Sort {
    const SLUGS: [(Self, &'static str); 8] = [
        (Self::Newest, ""),
        (Self::Oldest, "oldest"),
        (Self::Name, "name"),
        (Self::NameDescending, "-name"),
        (Self::Ending, "ending"),
        (Self::EndingDescending, "-ending"),
        (Self::Used, "used"),
        (Self::UsedDescending, "-used"),
    ];

    /// The word in URLs.
    pub fn slug(self) -> &'static str {
        Self::SLUGS
            .into_iter()
            .find(|(sort, _)| *sort == self)
            .map_or("", |(_, slug)| slug)
    }

    /// Reads the word. An unknown word means the usual order.
    pub fn parse(slug: &str) -> Self {
        Self::SLUGS
            .into_iter()
            .find(|(_, word)| *word == slug)
            .map_or(Self::Newest, |(sort, _)| sort)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_of_three_sizes() {
        for (size, rows) in [
            ("", 50),
            ("25", 25),
            ("50", 50),
            ("100", 100),
            ("26", 50),
            ("-1", 50),
            ("many", 50),
        ] {
            let query = KeyQuery {
                size: size.to_owned(),
                ..KeyQuery::default()
            };
            assert_eq!(query.page_size().rows(), rows, "{size}");
        }
    }

    #[test]
    fn words_in_urls_read_back() {
        for expiry in Expiry::ALL {
            assert_eq!(Expiry::parse(expiry.slug()), Some(expiry));
        }
        for attention in Attention::ALL {
            assert_eq!(Attention::parse(attention.slug()), Some(attention));
        }
        for (sort, slug) in Sort::SLUGS {
            assert_eq!((Sort::parse(slug), sort.slug()), (sort, slug));
        }
        assert_eq!(Sort::parse("nonsense"), Sort::Newest);
    }
}
