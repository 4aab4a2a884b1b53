//! Reads all keys for the index in memory. A million keys take a few seconds of processor time.
//!
//! A page of keys is one row with one text. Handing over each key and each column by itself takes longer than reading
//! them. The text stays in this file. One list below makes the statement and the type, and reads each field, so that all
//! three have the same columns in the same order.

use std::collections::HashMap;

use model::address::AllowedAddresses;
use model::id::{EnvironmentId, KeyId, ProfileId};
use model::limit::Limits;
use model::status::State;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use crate::crypto::token::HashedToken;
use crate::error::{Error, Result};
use crate::store::column::Stored;
use crate::store::index_key::{IndexKey, IndexSize};
use crate::store::statement::{read_one, statement};

/// Number of rows that are read at a time.
const STEP: i64 = 2_000;
/// Between two keys, and between two fields of one: the characters "record separator" and "unit separator". Names have
/// no control characters (`model::key::name`).
const BETWEEN_KEYS: char = '\u{1e}';
const BETWEEN_FIELDS: char = '\u{1f}';

macro_rules! index_key {
    ($a:lifetime; $($(#[$doc:meta])* $field:ident: $type:ty = $column:literal,)+) => {
        /// A key, each field read from the text that SQLite wrote.
        #[derive(Clone, Debug, PartialEq, Eq)]
        struct TextKey<$a> {
            $($(#[$doc])* $field: $type,)+
        }

        const KEYS: &str = concat!(
            "SELECT group_concat(concat_ws(char(31)",
            $(", ", $column,)+
            "), char(30)) FROM api_keys WHERE rowid > ? AND rowid <= ?"
        );

        impl<$a> TextKey<$a> {
            /// The last field takes what is left.
            fn read(key: &$a str) -> Result<Self> {
                let mut fields = key.splitn([$($column),+].len(), BETWEEN_FIELDS);
                Ok(Self { $($field: read_field(key, stringify!($field), fields.next())?,)+ })
            }
        }
    };
}

index_key! {
    'a;
    key_id: KeyId = "id",
    environment_id: EnvironmentId = "environment_id",
    /// In hexadecimal.
    token_hash: &'a str = "hex(token_hash)",
    state: State = "state",
    all_endpoints: bool = "all_endpoints",
    created_at: Timestamp = "created_at",
    expires_at: Option<Timestamp> = "COALESCE(expires_at, '')",
    profile_id: Option<ProfileId> = "COALESCE(profile_id, '')",
    limit_second: Option<u32> = "COALESCE(limit_second, '')",
    limit_minute: Option<u32> = "COALESCE(limit_minute, '')",
    limit_day: Option<u32> = "COALESCE(limit_day, '')",
    allowed_addresses: AllowedAddresses = "COALESCE(allowed_addresses, '')",
    name: &'a str = "name",
}

/// Reads one field of a key.
fn read_field<'a, T: FromText<'a>>(key: &'a str, name: &str, field: Option<&'a str>) -> Result<T> {
    let field = field.ok_or_else(|| Error::stored("key", key))?;
    T::from_text(field).ok_or_else(|| {
        let id = key.split(BETWEEN_FIELDS).next().unwrap_or_default();
        Error::stored(&format!("{name} of {id}"), field)
    })
}

/// A value that is read from the text of a column.
trait FromText<'a>: Sized {
    fn from_text(text: &'a str) -> Option<Self>;
}

impl<'a> FromText<'a> for &'a str {
    fn from_text(text: &'a str) -> Option<Self> {
        Some(text)
    }
}

/// NULL is an empty text.
impl<'a, T: FromText<'a>> FromText<'a> for Option<T> {
    fn from_text(text: &'a str) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        T::from_text(text).map(Some)
    }
}

impl FromText<'_> for bool {
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }
}

impl FromText<'_> for u32 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromText<'_> for Timestamp {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl FromText<'_> for State {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText<'_> for KeyId {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText<'_> for EnvironmentId {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText<'_> for ProfileId {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText<'_> for AllowedAddresses {
    fn from_text(text: &str) -> Option<Self> {
        Self::from_stored(text)
    }
}

/// The pattern has no `..`, so that a column that is not used does not compile.
fn index_key(key: TextKey<'_>) -> Result<IndexKey> {
    let TextKey {
        key_id,
        environment_id,
        token_hash,
        state,
        all_endpoints,
        created_at,
        expires_at,
        profile_id,
        limit_second,
        limit_minute,
        limit_day,
        allowed_addresses,
        name,
    } = key;
    Ok(IndexKey {
        environment_id,
        token: HashedToken::from_hexadecimal(token_hash, key_id.as_str())?,
        state,
        all_endpoints,
        created_at,
        expires_at,
        profile_id,
        limits: Limits {
            second: limit_second,
            minute: limit_minute,
            day: limit_day,
        },
        allowed_addresses,
        name: name.to_owned(),
        key_id,
    })
}

/// Rows have numbers (`rowid`).
pub(crate) async fn index_size(transaction: &DatabaseTransaction) -> Result<IndexSize> {
    let sql = "SELECT COALESCE(max(rowid), 0) FROM api_keys";
    let last = statement(transaction.get_database_backend(), sql, []);
    let last = read_one(transaction, last).await?.unwrap_or_default();
    Ok(IndexSize {
        last,
        step: STEP,
        keys: usize::try_from(last).unwrap_or_default(),
    })
}

pub(crate) async fn keys_between(transaction: &DatabaseTransaction, after: i64, to: i64) -> Result<Vec<IndexKey>> {
    let page: Option<Option<String>> = read_one(transaction, between(transaction, KEYS, after, to)).await?;
    match page.flatten() {
        Some(page) => page
            .split(BETWEEN_KEYS)
            .map(|key| index_key(TextKey::read(key)?))
            .collect(),
        None => Ok(Vec::new()),
    }
}

pub(crate) async fn grants_between(
    transaction: &DatabaseTransaction,
    after: i64,
    to: i64,
) -> Result<HashMap<KeyId, Vec<String>>> {
    let granted = "SELECT key_id, endpoint_name FROM api_keys JOIN api_key_endpoints ON key_id = id \
                   WHERE api_keys.rowid > ? AND api_keys.rowid <= ? AND NOT all_endpoints";
    let mut grants: HashMap<KeyId, Vec<String>> = HashMap::new();
    for row in transaction
        .query_all_raw(between(transaction, granted, after, to))
        .await?
    {
        let Stored(key) = row.try_get_by_index(0)?;
        let endpoints = grants.entry(key).or_default();
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

    const KEY: &str = "key_0123456789|env_0123456789|00FF|active|1|1000||prof_0123456789||60||192.0.2.0/24|Shop";

    /// The text of a key, as SQLite writes it.
    fn text(fields: &str) -> String {
        fields.replace('|', "\u{1f}")
    }

    #[test]
    fn a_key_has_all_its_fields_in_the_order_of_the_statement() {
        let text = text(KEY);
        let key = TextKey::read(&text).unwrap();
        assert_eq!(
            (key.key_id.as_str(), key.state, key.name),
            ("key_0123456789", State::Active, "Shop")
        );
        assert_eq!((key.created_at, key.expires_at), (Timestamp(1_000), None));
        assert_eq!(
            (key.profile_id, key.limit_second, key.limit_minute),
            (ProfileId::parse("prof_0123456789"), None, Some(60))
        );
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
        let short = KEY.rsplit_once('|').unwrap().0;
        let page = format!("{}\u{1e}{}", text(KEY), text(short));
        let read: Vec<bool> = page.split(BETWEEN_KEYS).map(|key| TextKey::read(key).is_ok()).collect();
        assert_eq!(read, [true, false]);
    }

    #[test]
    fn a_field_that_nobody_knows_is_named() {
        for (known, unknown, named) in [
            ("active", "asleep", "state of key_0123456789: \"asleep\""),
            ("env_0123456789", "env_", "environment_id of key_0123456789: \"env_\""),
            ("key_0123456789", "key_", "key_id of key_: \"key_\""),
        ] {
            let text = text(&KEY.replace(known, unknown));
            let error = TextKey::read(&text).unwrap_err();
            assert_eq!(error.to_string(), format!("the database holds an unknown {named}"));
        }
    }
}
