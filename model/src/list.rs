//! Lists that are shown a page at a time: what they are asked for, and where a page stands in them.

use serde::{Deserialize, Serialize};

use crate::name;

/// Rows on one page of endpoints and sessions.
pub const PAGE_SIZE: u64 = 50;
/// Rows on one page of people, invitations, environments and bias profiles. They have the most in them.
pub const SHORT_PAGE: u64 = 25;
/// Characters of a search that are looked at.
pub const SEARCH_MAX: usize = 100;
/// A choice among more than this many has a field that searches them.
pub const FEW: usize = 15;

/// What a list is asked for. The same words stand in the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Part of a name, whatever its case; empty for everything.
    pub search: String,
    /// Where the page starts; empty for the first.
    pub after: String,
    /// Where the page of the screen's second list starts: invitations, retired endpoints.
    pub second: String,
    /// The ID of one row, to load it alone; empty for all rows.
    pub only: String,
}

/// Where a page stands in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// Rows that match the search, on all pages.
    pub matching: u64,
    /// Rows there are at all.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl ListQuery {
    /// What a list is asked for to find one row of it.
    pub fn only(id: &str) -> Self {
        Self {
            only: id.to_owned(),
            ..Self::default()
        }
    }

    /// The search as far as it is looked at.
    pub fn searched(&self) -> String {
        name::searched(&self.search, SEARCH_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_a_bound() {
        let query = ListQuery {
            search: format!("  {}  ", "ü".repeat(SEARCH_MAX + 1)),
            ..ListQuery::default()
        };
        assert_eq!(query.searched(), "ü".repeat(SEARCH_MAX));
    }
}
