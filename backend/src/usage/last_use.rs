//! Stores when keys, their tokens and their endpoints were last used, and from which address.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::id::KeyId;
use model::time::Timestamp;
use model::verify::Code;
use sea_orm::DatabaseTransaction;

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::api_key_endpoint_use;
use crate::store::usage::{
    KeyUse, current_tokens, note_endpoint_uses, note_environment_key_use, note_key_uses, note_old_token_use,
};
use crate::verifier::{DrainedCounts, KeyKind};

/// Stores the last uses of these keys. Answers which of the keys exist; the others were deleted meanwhile and have no row for their
/// last use.
pub(super) async fn store(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<HashSet<KeyId>> {
    store_environment_keys(transaction, taken).await?;
    let ids: Vec<&KeyId> = taken.iter().map(|key| &key.id).collect();
    let current = current_tokens(transaction, &ids).await?;
    let taken: Vec<_> = taken.iter().filter(|key| current.contains_key(&key.id)).collect();
    store_endpoints(transaction, &taken).await?;
    store_keys(transaction, &taken, &current).await?;
    store_old_tokens(transaction, &taken, &current).await?;
    Ok(current.into_keys().collect())
}

async fn store_endpoints(transaction: &DatabaseTransaction, taken: &[&DrainedCounts]) -> Result<()> {
    let mut latest: BTreeMap<(&KeyId, &str), Timestamp> = BTreeMap::new();
    for key in taken {
        for count in key.tally.counts.iter().filter(|count| count.code == Code::Valid) {
            let at = latest.entry((&key.id, &count.endpoint)).or_insert(count.last_at);
            *at = Ord::max(*at, count.last_at);
        }
    }
    let rows: Vec<_> = latest
        .into_iter()
        .map(|((key_id, endpoint_name), at)| api_key_endpoint_use::Model {
            key_id: key_id.into(),
            endpoint_name: endpoint_name.to_owned(),
            last_used_at: Stored(at),
        })
        .collect();
    note_endpoint_uses(transaction, rows).await
}

/// Stores the last uses of API keys.
async fn store_keys(
    transaction: &DatabaseTransaction,
    taken: &[&DrainedCounts],
    tokens: &HashMap<KeyId, Vec<u8>>,
) -> Result<()> {
    let uses: Vec<KeyUse<'_>> = taken
        .iter()
        .filter_map(|key| {
            let (at, from) = key.tally.last?;
            let hash = tokens.get(&key.id)?;
            let current = key.tally.tokens.iter().find(|(token, _)| token.0[..] == hash[..]);
            Some(KeyUse {
                id: &key.id,
                at,
                from,
                token_at: current.map(|(_, at)| *at),
            })
        })
        .collect();
    note_key_uses(transaction, &uses).await
}

/// Stores the last uses of tokens that are not the current token of their key. There are few of them.
async fn store_old_tokens(
    transaction: &DatabaseTransaction,
    taken: &[&DrainedCounts],
    current: &HashMap<KeyId, Vec<u8>>,
) -> Result<()> {
    let mut old = Vec::new();
    for key in taken {
        let now = current.get(&key.id).map(Vec::as_slice);
        old.extend(
            key.tally
                .tokens
                .iter()
                .filter(|(token, _)| now != Some(&token.0[..]))
                .copied(),
        );
    }
    for (token, at) in old {
        note_old_token_use(transaction, &token.0, at).await?;
    }
    Ok(())
}

/// Stores the last uses of environment keys, which are few.
async fn store_environment_keys(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<()> {
    for key in taken.iter().filter(|key| key.kind == KeyKind::Environment) {
        for (token, at) in &key.tally.tokens {
            // The address is known of the latest use only.
            let latest = key.tally.last.filter(|(last, _)| last == at);
            let from = latest.and_then(|(_, from)| from);
            note_environment_key_use(transaction, &token.0, *at, from).await?;
        }
    }
    Ok(())
}
