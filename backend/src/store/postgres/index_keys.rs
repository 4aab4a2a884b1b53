//! Reads all keys for the index in memory, in the order of the pages in which they are stored. PostgreSQL reads a range
//! of pages without an index (a TID range scan, from version 14 on).

use std::collections::HashMap;

use model::address::AllowedAddresses;
use model::id::{EnvironmentId, KeyId, ProfileId};
use model::limit::Limits;
use model::status::State;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use crate::crypto::token::HashedToken;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::index_key::{IndexKey, IndexSize};
use crate::store::keys::addresses_of;
use crate::store::statement::{read_one, statement};

/// Number of pages that are read at a time. A page of 8 KiB holds about thirty keys.
const STEP: i64 = 64;
/// The most keys that a page may hold, roughly, to reserve memory for them.
const KEYS_PER_PAGE: i64 = 32;

const KEYS: &str = "SELECT id AS key_id, environment_id, token_hash, state, all_endpoints, created_at, expires_at,
        profile_id, limit_second, limit_minute, limit_day, allowed_addresses, name
    FROM api_keys WHERE ctid >= CAST(? AS tid) AND ctid < CAST(? AS tid)";

/// `OFFSET 0` keeps PostgreSQL from reading all grants for each range: it looks up those of each key.
const GRANTS: &str = "SELECT api_keys.id AS key_id, grants.endpoint_name
    FROM api_keys CROSS JOIN LATERAL (
        SELECT endpoint_name FROM api_key_endpoints WHERE key_id = api_keys.id OFFSET 0
    ) AS grants
    WHERE api_keys.ctid >= CAST(? AS tid) AND api_keys.ctid < CAST(? AS tid) AND NOT all_endpoints";

#[derive(FromQueryResult)]
struct Row {
    key_id: Stored<KeyId>,
    environment_id: Stored<EnvironmentId>,
    token_hash: Vec<u8>,
    state: Stored<State>,
    all_endpoints: bool,
    created_at: Stored<Timestamp>,
    expires_at: Option<Stored<Timestamp>>,
    profile_id: Option<Stored<ProfileId>>,
    limit_second: Option<Stored<u32>>,
    limit_minute: Option<Stored<u32>>,
    limit_day: Option<Stored<u32>>,
    allowed_addresses: Option<Stored<AllowedAddresses>>,
    name: String,
}

#[derive(FromQueryResult)]
struct GrantRow {
    key_id: Stored<KeyId>,
    endpoint_name: String,
}

pub(crate) async fn index_size(transaction: &DatabaseTransaction) -> Result<IndexSize> {
    let sql = "SELECT pg_relation_size('api_keys') / CAST(current_setting('block_size') AS bigint)";
    let pages: Option<i64> = read_one(transaction, statement(transaction.get_database_backend(), sql, [])).await?;
    let last = pages.unwrap_or_default();
    Ok(IndexSize {
        last,
        step: STEP,
        keys: usize::try_from(last * KEYS_PER_PAGE).unwrap_or_default(),
    })
}

pub(crate) async fn keys_between(transaction: &DatabaseTransaction, after: i64, to: i64) -> Result<Vec<IndexKey>> {
    let rows = Row::find_by_statement(between(transaction, KEYS, after, to))
        .all(transaction)
        .await?;
    rows.into_iter().map(index_key).collect()
}

pub(crate) async fn grants_between(
    transaction: &DatabaseTransaction,
    after: i64,
    to: i64,
) -> Result<HashMap<KeyId, Vec<String>>> {
    let rows = GrantRow::find_by_statement(between(transaction, GRANTS, after, to))
        .all(transaction)
        .await?;
    let mut grants: HashMap<KeyId, Vec<String>> = HashMap::new();
    for row in rows {
        grants.entry(row.key_id.0).or_default().push(row.endpoint_name);
    }
    Ok(grants)
}

/// A statement about the rows in the pages after one up to another. The pages of PostgreSQL count from 0.
fn between(transaction: &DatabaseTransaction, sql: &str, after: i64, to: i64) -> Statement {
    let page = |page: i64| format!("({page},0)").into();
    statement(transaction.get_database_backend(), sql, [page(after), page(to)])
}

/// The pattern has no `..`, so that a column that is not used does not compile.
fn index_key(row: Row) -> Result<IndexKey> {
    let Row {
        key_id: Stored(key_id),
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
    } = row;
    Ok(IndexKey {
        environment_id: environment_id.0,
        token: HashedToken::from_stored(token_hash, key_id.as_str())?,
        state: state.0,
        all_endpoints,
        created_at: created_at.0,
        expires_at: expires_at.map(|at| at.0),
        profile_id: profile_id.map(|id| id.0),
        limits: Limits {
            second: limit_second.map(|limit| limit.0),
            minute: limit_minute.map(|limit| limit.0),
            day: limit_day.map(|limit| limit.0),
        },
        allowed_addresses: addresses_of(allowed_addresses),
        name,
        key_id,
    })
}
