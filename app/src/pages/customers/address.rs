//! The URL of the list holds its query.

use leptos_router::params::ParamsMap;
use model::customer::CustomerStatus;
use model::list::ListQuery;

use super::PATH;
use crate::address;

/// The query of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CustomerQuery {
    pub(super) search: String,
    /// Whether only suspended customers are listed.
    pub(super) suspended: bool,
    /// Where the page starts; empty for the first page.
    pub(super) after: String,
}

/// The query in the URL.
pub(super) fn customer_query(query: &ParamsMap) -> CustomerQuery {
    CustomerQuery {
        search: query.get("search").unwrap_or_default(),
        suspended: query.get("status").as_deref() == Some(CustomerStatus::Suspended.slug()),
        after: query.get("after").unwrap_or_default(),
    }
}

impl CustomerQuery {
    /// What the server is asked.
    pub(super) fn asked(&self) -> (ListQuery, Option<CustomerStatus>) {
        let query = ListQuery {
            search: self.search.clone(),
            after: self.after.clone(),
            ..ListQuery::default()
        };
        (query, self.suspended.then_some(CustomerStatus::Suspended))
    }

    /// The URL of the page of this query that starts here.
    pub(super) fn page(&self, after: String) -> String {
        Self { after, ..self.clone() }.url()
    }

    /// The URL at which all customers of this query are saved as a file.
    pub(super) fn export(&self, format: &str) -> String {
        let page = self.page(String::new());
        match page.split_once('?') {
            Some((path, query)) => format!("{path}/export?format={format}&{query}"),
            None => format!("{page}/export?format={format}"),
        }
    }

    /// The URL of this query.
    pub(super) fn url(&self) -> String {
        let mut params = ParamsMap::new();
        let status = if self.suspended {
            CustomerStatus::Suspended.slug()
        } else {
            ""
        };
        let status = status.to_owned();
        let values = [("search", &self.search), ("status", &status), ("after", &self.after)];
        address::add(&mut params, values);
        format!("{PATH}{}", params.to_query_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_back_from_its_url() {
        assert_eq!(CustomerQuery::default().url(), "/customers");
        let query = CustomerQuery {
            search: "acme".to_owned(),
            suspended: true,
            after: "acme~cus_0123456789".to_owned(),
        };
        let url = query.url();
        let mut params = ParamsMap::new();
        for pair in url.strip_prefix("/customers?").unwrap().split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            params.insert(name.to_owned(), leptos_router::location::Url::unescape(value));
        }
        assert_eq!(customer_query(&params), query);
        assert_eq!(query.page(String::new()), "/customers?search=acme&status=suspended");
        assert_eq!(
            query.export("csv"),
            "/customers/export?format=csv&search=acme&status=suspended"
        );
        assert_eq!(
            CustomerQuery::default().export("jsonl"),
            "/customers/export?format=jsonl"
        );
    }
}
