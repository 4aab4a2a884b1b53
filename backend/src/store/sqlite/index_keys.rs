//! The keys as the index in memory needs them, read all at once: a million keys take a few seconds of a processor.
//!
//! A page of keys is one row with one text. Handing over each key and each column by itself takes longer than reading
//! them. One list below makes both the statement and the type, so that neither can have a column more, or another order.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use crate::error::{Error, Result};
use crate::store::statement::{read_one, statement};

/// Between two keys, and between two fields of one: the characters "record separator" and "unit separator". Names have
/// no control characters (`model::key::name`).
const BETWEEN_KEYS: char = '\u{1e}';
const BETWEEN_FIELDS: char = '\u{1f}';

macro_rules! index_key {
    ($($(#[$doc:meta])* $field:ident: $column:literal,)+) => {
        /// A key, each field as SQLite wrote it. NULL is an empty text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct IndexKey<'a> {
            $($(#[$doc])* pub(crate) $field: &'a str,)+
        }

        const KEYS: &str = concat!(
            "SELECT group_concat(concat_ws(char(31)",
            $(", ", $column,)+
            "), char(30)) FROM api_keys WHERE rowid > ? AND rowid <= ?"
        );

        impl<'a> IndexKey<'a> {
            /// The last field takes what is left.
            fn read(text: &'a str) -> Option<Self> {
                let mut fields = text.splitn([$($column),+].len(), BETWEEN_FIELDS);
                Some(Self { $($field: fields.next()?,)+ })
            }
        }
    };
}

index_key! {
    id: "id",
    environment_id: "environment_id",
    /// In hexadecimal.
    token_hash: "hex(token_hash)",
    state: "state",
    /// `1` or `0`.
    all_endpoints: "all_endpoints",
    created_at: "created_at",
    expires_at: "COALESCE(expires_at, '')",
    profile_id: "COALESCE(profile_id, '')",
    limit_second: "COALESCE(limit_second, '')",
    limit_minute: "COALESCE(limit_minute, '')",
    limit_day: "COALESCE(limit_day, '')",
    allowed_addresses: "COALESCE(allowed_addresses, '')",
    name: "name",
}

impl IndexKey<'_> {
    /// The keys of a page.
    pub(crate) fn all(page: &str) -> impl Iterator<Item = Result<IndexKey<'_>>> {
        page.split(BETWEEN_KEYS)
            .map(|text| IndexKey::read(text).ok_or_else(|| Error::stored("key", text)))
    }
}

/// The row of the last key.
pub(crate) async fn last_key_row(transaction: &DatabaseTransaction) -> Result<i64> {
    let sql = "SELECT COALESCE(max(rowid), 0) FROM api_keys";
    let last = statement(transaction.get_database_backend(), sql, []);
    Ok(read_one(transaction, last).await?.unwrap_or_default())
}

/// The keys after one row up to another, to be read with [`IndexKey::all`]; `None` where there are none. In the order in
/// which they are stored: by their IDs, each would be at another place of the file.
pub(crate) async fn keys_between(transaction: &DatabaseTransaction, after: i64, to: i64) -> Result<Option<String>> {
    let page: Option<Option<String>> = read_one(transaction, between(transaction, KEYS, after, to)).await?;
    Ok(page.flatten())
}

/// The endpoints of these keys, by key ID, without the keys that have all.
pub(crate) async fn grants_between(
    transaction: &DatabaseTransaction,
    after: i64,
    to: i64,
) -> Result<HashMap<String, Vec<String>>> {
    let granted = "SELECT key_id, endpoint_name FROM api_keys JOIN api_key_endpoints ON key_id = id \
                   WHERE api_keys.rowid > ? AND api_keys.rowid <= ? AND NOT all_endpoints";
    let mut grants: HashMap<String, Vec<String>> = HashMap::new();
    for row in transaction
        .query_all_raw(between(transaction, granted, after, to))
        .await?
    {
        let endpoints = grants.entry(row.try_get_by_index(0)?).or_default();
        endpoints.push(row.try_get_by_index(1)?);
    }
    Ok(grants)
}

fn between(transaction: &DatabaseTransaction, sql: &str, after: i64, to: i64) -> Statement {
    statement(transaction.get_database_backend(), sql, [after.into(), to.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a key, its fields numbered.
    fn numbered(fields: usize) -> String {
        let fields: Vec<String> = (1..=fields).map(|field| field.to_string()).collect();
        fields.join("\u{1f}")
    }

    #[test]
    fn a_key_has_all_its_fields_in_the_order_of_the_statement() {
        let text = numbered(13);
        let key = IndexKey::read(&text).unwrap();
        assert_eq!((key.id, key.limit_minute, key.name), ("1", "10", "13"));
        assert!(
            KEYS.contains("char(31), id, environment_id, hex(token_hash), state,"),
            "{KEYS}"
        );
        assert!(
            KEYS.contains("COALESCE(allowed_addresses, ''), name), char(30))"),
            "{KEYS}"
        );
    }

    #[test]
    fn a_key_without_one_of_its_fields_is_refused() {
        let page = format!("{}\u{1e}{}", numbered(13), numbered(12));
        let read: Vec<bool> = IndexKey::all(&page).map(|key| key.is_ok()).collect();
        assert_eq!(read, [true, false]);
    }
}
