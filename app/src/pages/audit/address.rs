//! Reads the screen's query from its URL, and writes the URL of a query.

use leptos_router::params::ParamsMap;
use model::audit::AuditQuery;

use crate::address;

/// The query in the URL.
pub(super) fn audit_query(query: &ParamsMap) -> AuditQuery {
    let of = |name: &str| query.get(name).unwrap_or_default();
    AuditQuery {
        actor: of("actor"),
        action: of("action"),
        subject: of("subject"),
        from: of("from"),
        to: of("to"),
        before: of("before"),
    }
}

/// The URL of a query.
pub(super) fn audit_link(path: &str, query: &AuditQuery) -> String {
    let mut params = ParamsMap::new();
    let values = [
        ("actor", &query.actor),
        ("action", &query.action),
        ("subject", &query.subject),
        ("from", &query.from),
        ("to", &query.to),
        ("before", &query.before),
    ];
    address::add(&mut params, values);
    format!("{path}{}", params.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_only_the_parameters_that_are_set() {
        assert_eq!(audit_link("/audit", &AuditQuery::default()), "/audit");
        let query = AuditQuery {
            action: "key".to_owned(),
            before: "12".to_owned(),
            ..AuditQuery::default()
        };
        assert_eq!(audit_link("/audit", &query), "/audit?action=key&before=12");
    }
}
