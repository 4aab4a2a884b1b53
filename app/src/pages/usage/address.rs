//! Reads the screen's query from its URL, and writes the URL of a query.

use leptos_router::params::ParamsMap;
use model::usage::{Bucket, Range, UsageQuery};

use crate::address;

/// The query in the URL.
pub(super) fn usage_query(query: &ParamsMap) -> UsageQuery {
    let of = |name: &str| query.get(name).unwrap_or_default();
    UsageQuery {
        range: of("range"),
        from: of("from"),
        to: of("to"),
        environment: query.get("environment"),
        key: of("key").trim().to_owned(),
        customer: of("customer").trim().to_owned(),
        endpoint: of("endpoint"),
        endpoints_from: of("endpoints-from").parse().unwrap_or(0),
    }
}

/// The URL of a query.
pub(crate) fn usage_link(path: &str, query: &UsageQuery) -> String {
    let from = match query.endpoints_from {
        0 => String::new(),
        from => from.to_string(),
    };
    let values = [
        ("range", &query.range),
        ("from", &query.from),
        ("to", &query.to),
        ("key", &query.key),
        ("customer", &query.customer),
        ("endpoint", &query.endpoint),
        ("endpoints-from", &from),
    ];
    let params = address::in_environment(query.environment.as_ref(), values);
    format!("{path}{}", params.to_query_string())
}

/// The query with another range, and with the first page of endpoints.
pub(super) fn in_range(query: &UsageQuery, range: Range) -> UsageQuery {
    let (from, to) = range.days().unwrap_or_default();
    UsageQuery {
        range: range.slug().to_owned(),
        from,
        to,
        endpoints_from: 0,
        ..query.clone()
    }
}

/// The URL of the report on the days of a step, by shorter steps; `None` if there are none.
pub(super) fn zoom_link(range: Range, bucket: &Bucket, query: &UsageQuery) -> Option<String> {
    let days = range.zoom(bucket.start, bucket.end)?;
    Some(usage_link("/usage", &in_range(query, days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_only_the_parameters_that_are_set_and_reads_back() {
        assert_eq!(usage_link("/usage", &UsageQuery::default()), "/usage");
        let query = UsageQuery {
            range: "7d".to_owned(),
            environment: Some(String::new()),
            customer: "acme".to_owned(),
            endpoint: "chat".to_owned(),
            ..UsageQuery::default()
        };
        let link = usage_link("/usage", &query);
        assert_eq!(link, "/usage?environment=&range=7d&customer=acme&endpoint=chat");
        let mut params = ParamsMap::new();
        for pair in link.trim_start_matches("/usage?").split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            params.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(usage_query(&params), query);
    }
    #[test]
    fn days_and_a_word_take_the_place_of_each_other() {
        let week = UsageQuery {
            range: "7d".to_owned(),
            key: "Shop".to_owned(),
            endpoints_from: 50,
            ..UsageQuery::default()
        };
        let day = Range::Days {
            first: 20_777,
            last: 20_778,
            whole: false,
        };
        let days = in_range(&week, day);
        // The server and the browser escape differently.
        let link = usage_link("/usage", &days).replace("%2D", "-");
        assert_eq!(link, "/usage?from=2026-11-20&to=2026-11-21&key=Shop");
        let month = in_range(&days, Range::Month);
        assert_eq!(usage_link("/usage", &month), "/usage?range=30d&key=Shop");
    }
}
