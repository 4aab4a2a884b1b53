//! Lists that are shown one page at a time: their query, and the place of a page in its list.

use serde::{Deserialize, Serialize};

use crate::name;

/// Number of rows on one page of endpoints or sessions.
pub const PAGE_SIZE: u64 = 50;
/// Number of rows on one page of people, invitations, environments or bias profiles, whose rows hold the most.
pub const SHORT_PAGE: u64 = 25;
/// The most rows that a program can ask for on one page.
pub const MAX_PAGE: u64 = 100;
/// The longest search text that is used, in characters. The rest of a longer one is ignored.
pub const SEARCH_MAX: usize = 100;
/// A choice among more options than this has a field that searches them.
pub const FEW: usize = 15;

/// The number of rows on one page, from 1 to [`MAX_PAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u64);

impl PageSize {
    /// The page of a list of the screens with the usual number of rows.
    pub const USUAL: Self = Self(PAGE_SIZE);
    /// The page of a list of the screens with long rows.
    pub const SHORT: Self = Self(SHORT_PAGE);

    /// The largest page.
    pub const LARGEST: Self = Self(MAX_PAGE);

    /// `None` for a number outside of the bounds.
    pub const fn new(rows: u64) -> Option<Self> {
        if rows >= 1 && rows <= MAX_PAGE {
            Some(Self(rows))
        } else {
            None
        }
    }

    pub const fn rows(self) -> u64 {
        self.0
    }
}

/// A query to a list. The fields are also the parameters in the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Part of a name, whatever its case; empty for everything.
    pub search: String,
    /// Where the page starts; empty for the first page.
    pub after: String,
    /// Where the page of the screen's second list starts: invitations, retired endpoints.
    pub second: String,
    /// The ID of one row, to load it alone; empty for all rows.
    pub only: String,
}

/// The place of a page in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// Number of rows that match the search, on all pages.
    pub matching: u64,
    /// Number of all rows, matching or not.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl ListQuery {
    /// The query that finds one row.
    pub fn only(id: &str) -> Self {
        Self {
            only: id.to_owned(),
            ..Self::default()
        }
    }

    /// The search text as it is used: at most [`SEARCH_MAX`] characters, without the characters that no name can have.
    pub fn searched(&self) -> String {
        name::searched(&self.search, SEARCH_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_bound() {
        let sizes = [0, 1, MAX_PAGE, MAX_PAGE + 1].map(|rows| PageSize::new(rows).map(PageSize::rows));
        assert_eq!(sizes, [None, Some(1), Some(MAX_PAGE), None]);
    }

    #[test]
    fn a_search_has_a_bound() {
        let query = ListQuery {
            search: format!("  {}  ", "ü".repeat(SEARCH_MAX + 1)),
            ..ListQuery::default()
        };
        assert_eq!(query.searched(), "ü".repeat(SEARCH_MAX));
    }
}
