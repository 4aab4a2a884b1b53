//! Loading the whole index at start. A million keys take a few seconds of a processor, so two readers share the work.

use std::collections::HashMap;

use futures_util::future::try_join;
use model::id::KeyId;
use model::limit::Limits;
use model::status::State;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait};
use tokio::sync::mpsc;

use super::catch_up::{OldTokens, old_tokens};
use crate::crypto::token::HashedToken;
use crate::environments::key::for_verifier as environment_keys;
use crate::error::{Error, Result};
use crate::store::keys::{addresses_of, grant_of, limit_of};
use crate::store::{change_number, endpoints, environments, profiles};
use crate::verifier::{Index, Known, Of};

/// Keys that are read at a time.
const PAGE: i64 = 2_000;
/// Pages that may wait for the index.
const WAITING: usize = 2;
/// What the index keeps of a key, in the order in which `known` reads it, as one text with the character "unit separator"
/// between fields. A page is one row: handing over each key and column by itself takes longer than reading them.
/// Names have no control characters (`model::key::name`).
const KEYS: &str = "SELECT group_concat(concat_ws(char(31), id, environment_id, hex(token_hash), state, all_endpoints, \
                    created_at, COALESCE(expires_at, ''), COALESCE(profile_id, ''), COALESCE(limit_second, ''), \
                    COALESCE(limit_minute, ''), COALESCE(limit_day, ''), COALESCE(allowed_addresses, ''), name), char(30)) \
                    FROM api_keys WHERE rowid > ? AND rowid <= ?";
const FIELDS: usize = 13;

/// Reads everything that the verifier needs, and the number of the last change in it.
pub(super) async fn load(db: &DatabaseConnection, now: Timestamp) -> Result<(Index, i64)> {
    let (one, other, number) = same_snapshot(db).await?;
    let environments = environments::all(&one).await?;
    let mut index = Index::new(
        &endpoints::catalogue(&one).await?,
        profiles::for_verifier(&one, None).await?,
        environments.into_iter().map(|it| (it.id, it.name)),
    );
    add(&mut index, environment_keys(&one, None, now).await?)?;
    let old_tokens = old_tokens(&one, None, now).await?;
    let (pages, mut arrived) = mpsc::channel(WAITING);
    let last = last_row(&one).await?;
    index.reserve(usize::try_from(last).unwrap_or_default());
    let lower = read(&one, 0, last / 2, pages.clone());
    let upper = read(&other, last / 2, last, pages);
    let mut old_tokens = old_tokens;
    let fill = async {
        while let Some(page) = arrived.recv().await {
            add(&mut index, with_old_tokens(page, &mut old_tokens))?;
        }
        Ok(())
    };
    try_join(try_join(lower, upper), fill).await?;
    one.rollback().await?;
    other.rollback().await?;
    Ok((index, number))
}

/// Two read transactions that see the same database, and its change number.
async fn same_snapshot(db: &DatabaseConnection) -> Result<(DatabaseTransaction, DatabaseTransaction, i64)> {
    let mut one = db.begin().await?;
    // What is read first fixes what a transaction sees.
    let mut number = change_number(&one).await?;
    loop {
        let other = db.begin().await?;
        let newer = change_number(&other).await?;
        if newer == number {
            return Ok((one, other, number));
        }
        one.rollback().await?;
        (one, number) = (other, newer);
    }
}

async fn last_row(transaction: &DatabaseTransaction) -> Result<i64> {
    let backend = transaction.get_database_backend();
    let last = Statement::from_string(backend, "SELECT COALESCE(max(rowid), 0) FROM api_keys");
    let row = transaction.query_one_raw(last).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Reads the keys after one row up to another. In the order in which they are stored: by their IDs, each would be at
/// another place of the file.
async fn read(transaction: &DatabaseTransaction, after: i64, to: i64, pages: mpsc::Sender<Vec<Known>>) -> Result<()> {
    let granted = "SELECT key_id, endpoint_name FROM api_keys JOIN api_key_endpoints ON key_id = id \
                   WHERE api_keys.rowid > ? AND api_keys.rowid <= ? AND NOT all_endpoints";
    let query = |sql: &str, from: i64, to: i64| {
        let backend = transaction.get_database_backend();
        transaction.query_all_raw(Statement::from_sql_and_values(backend, sql, [from.into(), to.into()]))
    };
    let mut from = after;
    while from < to {
        let end = to.min(from + PAGE);
        let mut grants: HashMap<String, Vec<String>> = HashMap::new();
        for row in query(granted, from, end).await? {
            let endpoints = grants.entry(row.try_get_by_index(0)?).or_default();
            endpoints.push(row.try_get_by_index(1)?);
        }
        let mut keys = Vec::new();
        for row in query(KEYS, from, end).await? {
            let page: Option<String> = row.try_get_by_index(0)?;
            for key in page.iter().flat_map(|page| page.split('\u{1e}')) {
                keys.push(known(key, &mut grants)?);
            }
        }
        from = end;
        if pages.send(keys).await.is_err() {
            // Whoever fills the index has failed, and says why.
            return Ok(());
        }
    }
    Ok(())
}

fn known(text: &str, grants: &mut HashMap<String, Vec<String>>) -> Result<Known> {
    let mut fields = [""; FIELDS];
    for (field, value) in fields.iter_mut().zip(text.splitn(FIELDS, '\u{1f}')) {
        *field = value;
    }
    let [
        id,
        environment_id,
        token,
        state,
        all_endpoints,
        created_at,
        expires_at,
        profile_id,
        second,
        minute,
        day,
        addresses,
        name,
    ] = fields;
    let number = |text: &str| -> Result<Option<i64>> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| Error::stored("number of key", id))
    };
    let all_endpoints = all_endpoints == "1";
    let granted = if all_endpoints {
        Vec::new()
    } else {
        grants.remove(id).unwrap_or_default()
    };
    Ok(Known {
        of: Of::Key,
        name: name.to_owned(),
        environment_id: environment_id.to_owned(),
        token: HashedToken::from_hexadecimal(token, id)?,
        old_tokens: Vec::new(),
        state: State::parse(state).ok_or_else(|| Error::stored("state", state))?,
        grant: grant_of(all_endpoints, granted),
        created_at: Timestamp(number(created_at)?.unwrap_or_default()),
        expires_at: number(expires_at)?.map(Timestamp),
        profile_id: (!profile_id.is_empty()).then(|| profile_id.to_owned()),
        limits: Limits {
            second: limit_of(number(second)?, id)?,
            minute: limit_of(number(minute)?, id)?,
            day: limit_of(number(day)?, id)?,
        },
        addresses: addresses_of(Some(addresses), id)?,
        id: KeyId::from_stored(id.to_owned()),
    })
}

fn with_old_tokens(mut keys: Vec<Known>, old_tokens: &mut OldTokens) -> Vec<Known> {
    for key in &mut keys {
        if let Some(tokens) = old_tokens.remove(key.id.as_str()) {
            key.old_tokens = tokens;
        }
    }
    keys
}

fn add(index: &mut Index, keys: Vec<Known>) -> Result<()> {
    keys.into_iter().try_for_each(|key| index.add(key))
}
