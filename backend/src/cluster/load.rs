//! Loads the whole index at start. A million keys take a few seconds of a processor, so two readers share the work.

use std::collections::HashMap;

use futures_util::future::try_join;
use model::id::KeyId;
use model::limit::Limits;
use model::time::Timestamp;
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::mpsc;

use super::catch_up::{OldTokens, old_tokens};
use crate::crypto::token::HashedToken;
use crate::environments::key::for_verifier as environment_keys;
use crate::error::Result;
use crate::store::keys::grant_of;
use crate::store::sqlite::{IndexKey, grants_between, keys_between, last_key_row};
use crate::store::{change_number, endpoints, environments, profiles};
use crate::verifier::{Index, KeyKind, LoadedKey};

/// Number of rows that are read at a time.
const PAGE: i64 = 2_000;
/// The most pages that wait to be added to the index.
const WAITING: usize = 2;

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
    let last = last_key_row(&one).await?;
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
    // The first read of a transaction fixes what the transaction sees.
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

/// Reads the keys after the row `after` up to the row `to`, in the order in which they are stored. In the order of
/// their IDs, each would be at another place in the file.
async fn read(
    transaction: &DatabaseTransaction,
    after: i64,
    to: i64,
    pages: mpsc::Sender<Vec<LoadedKey>>,
) -> Result<()> {
    let mut from = after;
    while from < to {
        let end = to.min(from + PAGE);
        let mut grants = grants_between(transaction, from, end).await?;
        let page = keys_between(transaction, from, end).await?;
        let keys = page.iter().flat_map(|page| IndexKey::all(page));
        let keys = keys
            .map(|key| loaded_key(key?, &mut grants))
            .collect::<Result<Vec<LoadedKey>>>()?;
        from = end;
        if pages.send(keys).await.is_err() {
            // The task that fills the index has failed, and reports why.
            return Ok(());
        }
    }
    Ok(())
}

/// Turns a row into a loaded key. The pattern has no `..`, so that a column that is not used does not compile.
fn loaded_key(key: IndexKey<'_>, grants: &mut HashMap<KeyId, Vec<String>>) -> Result<LoadedKey> {
    let IndexKey {
        key_id: id,
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
    let granted = if all_endpoints {
        Vec::new()
    } else {
        grants.remove(&id).unwrap_or_default()
    };
    Ok(LoadedKey {
        kind: KeyKind::Key,
        name: name.to_owned(),
        environment_id,
        token: HashedToken::from_hexadecimal(token_hash, id.as_str())?,
        old_tokens: Vec::new(),
        state,
        grant: grant_of(all_endpoints, granted),
        created_at,
        expires_at,
        profile_id,
        limits: Limits {
            second: limit_second,
            minute: limit_minute,
            day: limit_day,
        },
        addresses: allowed_addresses,
        id,
    })
}

fn with_old_tokens(mut keys: Vec<LoadedKey>, old_tokens: &mut OldTokens) -> Vec<LoadedKey> {
    for key in &mut keys {
        if let Some(tokens) = old_tokens.remove(&key.id) {
            key.old_tokens = tokens;
        }
    }
    keys
}

fn add(index: &mut Index, keys: Vec<LoadedKey>) -> Result<()> {
    keys.into_iter().try_for_each(|key| index.add(key))
}
