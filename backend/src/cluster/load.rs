//! Loads the whole index at start. A million keys take a few seconds of a processor, so two readers share the work.

use std::collections::HashMap;

use futures_util::future::try_join;
use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::{DatabaseConnection, DatabaseTransaction, EntityTrait};
use tokio::sync::mpsc;

use super::catch_up::{OldTokens, old_tokens};
use crate::environments::key::for_verifier as environment_keys;
use crate::error::Result;
use crate::store::database::{begin_two_snapshots, grants_between, index_size, keys_between};
use crate::store::entities::change_log;
use crate::store::index_key::{IndexKey, IndexSize};
use crate::store::keys::grant_of;
use crate::store::{change_number, endpoints, environments, profiles};
use crate::verifier::{Index, KeyKind, LoadedKey};

/// The most pages that wait to be added to the index.
const WAITING: usize = 2;

/// Everything that the verifier needs.
pub(super) struct Loaded {
    pub(super) index: Index,
    /// The number of the last change in the index.
    pub(super) number: i64,
    /// That change; `None` before the first one.
    pub(super) last: Option<change_log::Model>,
}

pub(super) async fn load(db: &DatabaseConnection, now: Timestamp) -> Result<Loaded> {
    let (one, other) = begin_two_snapshots(db).await?;
    let number = change_number(&one).await?;
    let last_change = change_log::Entity::find_by_id(number).one(&one).await?;
    let environments = environments::all(&one).await?;
    let mut index = Index::new(
        &endpoints::catalogue(&one).await?,
        profiles::for_verifier(&one, None).await?,
        environments.into_iter().map(|it| (it.id, it.name)),
    );
    add(&mut index, environment_keys(&one, None, now).await?)?;
    let old_tokens = old_tokens(&one, None, now).await?;
    let (pages, mut arrived) = mpsc::channel(WAITING);
    let IndexSize { last, step, keys } = index_size(&one).await?;
    index.reserve(keys);
    let lower = read(&one, (0, last / 2), step, pages.clone());
    let upper = read(&other, (last / 2, last), step, pages);
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
    Ok(Loaded {
        index,
        number,
        last: last_change,
    })
}

/// Reads the keys that are stored after one place up to another, `step` places at a time.
async fn read(
    transaction: &DatabaseTransaction,
    (after, to): (i64, i64),
    step: i64,
    pages: mpsc::Sender<Vec<LoadedKey>>,
) -> Result<()> {
    let mut from = after;
    while from < to {
        let end = to.min(from + step);
        let mut grants = grants_between(transaction, from, end).await?;
        let keys = keys_between(transaction, from, end).await?;
        let keys = keys.into_iter().map(|key| loaded_key(key, &mut grants)).collect();
        from = end;
        if pages.send(keys).await.is_err() {
            // The task that fills the index has failed, and reports why.
            return Ok(());
        }
    }
    Ok(())
}

/// Turns a row into a loaded key. The pattern has no `..`, so that a field that is not used does not compile.
fn loaded_key(key: IndexKey, grants: &mut HashMap<KeyId, Vec<String>>) -> LoadedKey {
    let IndexKey {
        key_id: id,
        environment_id,
        token,
        state,
        all_endpoints,
        created_at,
        expires_at,
        profile_id,
        limits,
        allowed_addresses: addresses,
        name,
    } = key;
    let granted = if all_endpoints {
        Vec::new()
    } else {
        grants.remove(&id).unwrap_or_default()
    };
    LoadedKey {
        kind: KeyKind::Key,
        name,
        environment_id,
        token,
        old_tokens: Vec::new(),
        state,
        grant: grant_of(all_endpoints, granted),
        created_at,
        expires_at,
        profile_id,
        limits,
        addresses,
        id,
    }
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
