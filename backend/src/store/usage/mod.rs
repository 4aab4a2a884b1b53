//! Statements about usage.
//!
//! The table of hours is in the order of time: first the hour, then the key. So a statement about some keys looks up each
//! hour and key by itself. A key takes as many look-ups as there are hours, however many other keys were used. SQLite joins
//! in the order in which `CROSS JOIN` names the tables (<https://sqlite.org/lang_select.html#crossjoin>).

mod counts;
mod customers;
mod days;
mod export;
mod home;
mod last_use;
mod removal;
mod sums;

use model::id::KeyId;
use sea_orm::Value;

pub(crate) use self::counts::{add_hours, add_totals};
pub(crate) use self::customers::{
    add_customer_usage, add_up_hour, next_hour_to_add_up, remove_hour, requests_of_customer, requests_of_customers,
    sums_of_customer,
};
pub(crate) use self::days::{first_hour, key_after, last_summed_day, note_summed_day, sum_up};
pub(crate) use self::export::{ExportRow, Place, sums_of_day, usage_rows, uses_of_unknown_tokens};
pub(crate) use self::home::{
    HourSum, KeySum, hours_with_requests, most_refused_keys, requests_by_hour, requests_of_keys,
};
pub(crate) use self::last_use::{
    KeyUse, current_tokens, note_endpoint_uses, note_environment_key_use, note_key_uses, note_old_token_use,
};
pub(crate) use self::removal::{remove_before, remove_totals, remove_up_to, row_after_batch};
pub(crate) use self::sums::{
    Sum, accepted_by_hour, any_uses, sums_of_environments, sums_of_key, top_keys, uses_by_endpoint,
};

/// The hours (or days) from one to another, both included, as a table to join with.
const HOURS: &str = "WITH RECURSIVE hours (hour) AS (SELECT ? UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?)";

/// The first and the last hour (or day) of a span of time, both included. In Unix hours and days.
pub(crate) type Span = (i64, i64);

/// A table of counts that is in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Hours,
    Days,
}

impl Table {
    /// Its name, and the name of its first column.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Hours => ("usage_hours", "hour"),
            Self::Days => ("usage_days", "day"),
        }
    }
}

/// Keys whose hours are added up, also those that are gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys<'a> {
    One(&'a KeyId),
    /// The keys after the first ID, up to and including the second. `None` leaves that end open.
    Between(Option<&'a KeyId>, Option<&'a KeyId>),
}

impl<'a> Keys<'a> {
    /// The condition, and its values.
    fn condition(self) -> (&'static str, impl Iterator<Item = Value> + 'a) {
        let (condition, values) = match self {
            Self::One(key) => ("used.key_id = ?", [Some(key.as_str()), None]),
            Self::Between(after, None) => ("used.key_id > ?", [Some(key_text(after)), None]),
            Self::Between(after, Some(until)) => (
                "used.key_id > ? AND used.key_id <= ?",
                [Some(key_text(after)), Some(until.as_str())],
            ),
        };
        (condition, values.into_iter().flatten().map(Value::from))
    }
}

/// The text of a key ID as a place in the order of the keys; for `None` an empty text, which is before all of them.
fn key_text(key: Option<&KeyId>) -> &str {
    key.map_or("", KeyId::as_str)
}

/// The condition on an endpoint, and its value. `None` is all endpoints; the empty name is requests that belonged to none.
fn endpoint_condition(endpoint: Option<&str>) -> (&'static str, Option<Value>) {
    match endpoint {
        Some(name) => (" AND endpoint_name = ?", Some(Value::from(name))),
        None => ("", None),
    }
}

/// What the tests of this folder share.
#[cfg(test)]
mod tests {
    use model::id::KeyId;
    use sea_orm::{DbBackend, Statement};

    use crate::store::Store;
    use crate::store::sqlite::query_plan::plan;

    pub(super) const DATABASE: DbBackend = DbBackend::Sqlite;

    pub(super) fn key() -> KeyId {
        KeyId::from_random("8fQ2nLw0Zz")
    }

    /// The steps that read one of the tables of usage, without "SEARCH".
    pub(super) async fn seeks(store: &Store, statement: Statement) -> Vec<String> {
        let plan = plan(store, statement).await;
        let reads = plan
            .iter()
            .filter(|step| step.contains("usage_") || step.contains(" used "));
        reads
            .map(|step| {
                let seek = step.strip_prefix("SEARCH ");
                seek.unwrap_or_else(|| panic!("{plan:#?}")).to_owned()
            })
            .collect()
    }
}
