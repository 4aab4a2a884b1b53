//! Reads all keys for the index in memory, in the order of the pages in which they are stored. PostgreSQL reads a range
//! of pages without an index (a TID range scan, from version 14 on).

use std::collections::HashMap;
use std::ops::Range;

use futures_util::future::try_join;
use model::id::KeyId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};
use tokio::sync::mpsc;

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::index_key::{INDEX_COLUMNS, IndexKey, IndexRow};
use crate::store::statement::{read_one, statement};

/// Number of pages that are read at a time. A page of 8 KiB holds about thirty keys.
const STEP: i64 = 64;
/// The most keys that a page may hold, roughly, to reserve memory for them.
const KEYS_PER_PAGE: i64 = 32;

/// `OFFSET 0` keeps PostgreSQL from reading all grants for each range: it looks up those of each key.
const GRANTS: &str = "SELECT api_keys.id AS key_id, grants.endpoint_name
    FROM api_keys CROSS JOIN LATERAL (
        SELECT endpoint_name FROM api_key_endpoints WHERE key_id = api_keys.id OFFSET 0
    ) AS grants
    WHERE api_keys.ctid >= CAST(? AS tid) AND api_keys.ctid < CAST(? AS tid) AND NOT all_endpoints";

#[derive(FromQueryResult)]
struct GrantRow {
    key_id: Stored<KeyId>,
    endpoint_name: String,
}

/// The number of keys, by the number of pages.
pub(crate) async fn count_keys(transaction: &DatabaseTransaction) -> Result<usize> {
    let keys = count_pages(transaction).await? * KEYS_PER_PAGE;
    Ok(usize::try_from(keys).unwrap_or_default())
}

/// Sends all keys, some at a time. Each transaction reads half of the pages, at the same time as the other one.
pub(crate) async fn send_keys(
    one: &DatabaseTransaction,
    other: &DatabaseTransaction,
    pages: &mpsc::Sender<Vec<IndexKey>>,
) -> Result<()> {
    let last = count_pages(one).await?;
    let middle = last / 2;
    try_join(send_half(one, 0..middle, pages), send_half(other, middle..last, pages)).await?;
    Ok(())
}

async fn send_half(
    transaction: &DatabaseTransaction,
    half: Range<i64>,
    pages: &mpsc::Sender<Vec<IndexKey>>,
) -> Result<()> {
    let mut from = half.start;
    while from < half.end {
        let to = half.end.min(from + STEP);
        let keys = keys_between(transaction, from, to).await?;
        from = to;
        if pages.send(keys).await.is_err() {
            // Whoever took the keys has failed, and says why.
            return Ok(());
        }
    }
    Ok(())
}

async fn count_pages(transaction: &DatabaseTransaction) -> Result<i64> {
    let sql = "SELECT pg_relation_size('api_keys') / CAST(current_setting('block_size') AS bigint)";
    let pages = read_one(transaction, statement(transaction.get_database_backend(), sql, [])).await?;
    Ok(pages.unwrap_or_default())
}

/// The keys that are stored in the pages from one up to another, which is not included.
async fn keys_between(transaction: &DatabaseTransaction, from: i64, to: i64) -> Result<Vec<IndexKey>> {
    let keys = format!("SELECT {INDEX_COLUMNS} FROM api_keys WHERE ctid >= CAST(? AS tid) AND ctid < CAST(? AS tid)");
    let grants = GrantRow::find_by_statement(between(transaction, GRANTS, from, to))
        .all(transaction)
        .await?;
    let mut granted: HashMap<KeyId, Vec<String>> = HashMap::new();
    for grant in grants {
        granted.entry(grant.key_id.0).or_default().push(grant.endpoint_name);
    }
    let rows = IndexRow::find_by_statement(between(transaction, &keys, from, to))
        .all(transaction)
        .await?;
    let with_grants = |row: IndexRow| {
        let granted = granted.remove(&row.key_id.0).unwrap_or_default();
        row.into_key(granted)
    };
    rows.into_iter().map(with_grants).collect()
}

/// A statement about the rows in these pages, which count from 0.
fn between(transaction: &DatabaseTransaction, sql: &str, from: i64, to: i64) -> Statement {
    let page = |page: i64| format!("({page},0)").into();
    statement(transaction.get_database_backend(), sql, [page(from), page(to)])
}
