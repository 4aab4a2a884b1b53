//! Loads the whole index at start. A million keys take seconds of processor time, so they are read and added at the same time.

use futures_util::future::try_join;
use model::time::Timestamp;
use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::sync::mpsc;

use super::old_tokens::{OldTokens, old_tokens};
use super::records::{customer_record, kind_of};
use crate::environments::key::for_verifier as environment_keys;
use crate::error::Result;
use crate::store::entities::change_log;
use crate::store::index_key::IndexKey;
use crate::store::index_source::IndexSource;
use crate::store::{Location, customers, endpoints, environments, profiles};
use crate::verifier::{Index, LoadedKey};

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

pub(super) async fn load(db: &DatabaseConnection, location: &Location, now: Timestamp) -> Result<Loaded> {
    let source = IndexSource::begin(db, location).await?;
    let (snapshot, number) = (&source.transaction, source.change);
    let last = change_log::Entity::find_by_id(number).one(snapshot).await?;
    let environments = environments::all(snapshot).await?;
    let customers = customers::rows(snapshot, None).await?;
    let mut index = Index::new(
        &endpoints::catalogue(snapshot).await?,
        profiles::for_verifier(snapshot, None).await?,
        customers.into_iter().map(customer_record).collect(),
        environments.into_iter().map(|it| (it.id, it.name)),
    )?;
    add(&mut index, environment_keys(snapshot, None, now).await?)?;
    let mut old_tokens = old_tokens(snapshot, None, now).await?;
    index.reserve(source.count);
    let (pages, mut arrived) = mpsc::channel::<Vec<IndexKey>>(WAITING);
    let fill = async {
        while let Some(page) = arrived.recv().await {
            let keys = page.into_iter().map(loaded_key).collect();
            add(&mut index, with_old_tokens(keys, &mut old_tokens))?;
        }
        Ok(())
    };
    try_join(source.send_keys(pages), fill).await?;
    Ok(Loaded { index, number, last })
}

/// Turns a row into a loaded key. The pattern has no `..`, so that a field that is not used does not compile.
fn loaded_key(key: IndexKey) -> LoadedKey {
    let IndexKey {
        key_id: id,
        environment_id,
        token,
        token_imported,
        state,
        grant,
        created_at,
        expires_at,
        profile_id,
        limits,
        allowed_addresses: addresses,
        name,
        customer_id,
        metadata,
    } = key;
    LoadedKey {
        kind: kind_of(token_imported),
        name,
        environment_id,
        token,
        old_tokens: Vec::new(),
        state,
        grant,
        created_at,
        expires_at,
        profile_id,
        customer_id,
        metadata: metadata.into_json(),
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
