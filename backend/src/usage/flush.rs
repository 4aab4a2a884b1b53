//! Storing what was counted in memory.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::net::IpAddr;
use std::time::Duration;

use model::time::Timestamp;
use model::verify::Code;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Statement,
    Value,
};

use crate::backend::Backend;
use crate::database::begin;
use crate::entity::{api_key, api_key_endpoint_use, environment_key, old_token, usage_hour, usage_total};
use crate::error::Result;
use crate::usage::hour;
use crate::verifier::{Of, Taken, Verifier};
use crate::write::{ROWS, insert_or};

/// How often what was counted is stored.
const FLUSH: Duration = Duration::from_secs(5);
/// Storing takes at most one part in so many of the time: with hundreds of thousands of keys in use it comes less often.
const SHARE: u32 = 50;
/// And yet no less often than this: a process that is killed loses what it has not stored.
const LONGEST: Duration = Duration::from_mins(1);
/// Keys whose uses are stored in one transaction: other writers wait for it some ten milliseconds.
const KEYS: usize = 1_000;

/// What was taken out of memory. Dropped before it was stored (the database failed, or whoever asked went away), it goes
/// back there.
struct Pending<'a> {
    verifier: &'a Verifier,
    uses: Vec<Taken>,
    /// Requests with unknown tokens, by endpoint.
    unknown: Vec<(String, u64)>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.verifier.put_back_uses(mem::take(&mut self.uses));
        self.verifier.put_back_unknown(mem::take(&mut self.unknown));
    }
}

impl Pending<'_> {
    fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.unknown.is_empty()
    }
}

impl Backend {
    /// Stores what was counted again and again. Runs for as long as the server does.
    pub async fn flush_usage_regularly(&self) {
        let mut pause = FLUSH;
        loop {
            tokio::time::sleep(pause).await;
            let began = self.clock.elapsed();
            self.flush_usage_if_possible().await;
            let took = u64::try_from(self.clock.elapsed() - began).unwrap_or_default();
            pause = (Duration::from_millis(took) * SHARE).clamp(FLUSH, LONGEST);
        }
    }

    /// Stores what was counted until now. Not a mutation of a key: no audit event, no change number.
    pub async fn flush_usage(&self) -> Result<()> {
        // No more than there is now: requests go on coming.
        let mut left = self.verifier().uses_waiting();
        loop {
            let stored = self.flush(|verifier| Pending {
                verifier,
                uses: verifier.take_uses(KEYS),
                unknown: verifier.take_unknown(),
            });
            stored.await?;
            left = left.saturating_sub(KEYS);
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// The same for one key, however many others are in use.
    pub(crate) async fn flush_usage_of(&self, id: &str) -> Result<()> {
        let stored = self.flush(|verifier| Pending {
            verifier,
            uses: verifier.take_uses_of(id),
            unknown: Vec::new(),
        });
        stored.await
    }

    /// The same before something that must not depend on it.
    pub(crate) async fn flush_usage_if_possible(&self) {
        noted(self.flush_usage().await);
    }

    pub(crate) async fn flush_usage_of_if_possible(&self, id: &str) {
        noted(self.flush_usage_of(id).await);
    }

    async fn flush<'a>(&'a self, take: impl FnOnce(&'a Verifier) -> Pending<'a>) -> Result<()> {
        // Under the lock: two flushes at once would store the earlier counts later.
        let _turn = self.writers.lock().await;
        let mut pending = take(self.verifier());
        if pending.is_empty() {
            return Ok(());
        }
        let transaction = self.store_uses(&pending.uses, &pending.unknown).await?;
        // A commit that was begun is carried out, whoever waits for it: what goes back now would be counted twice.
        let stored = (mem::take(&mut pending.uses), mem::take(&mut pending.unknown));
        if let Err(error) = transaction.commit().await {
            (pending.uses, pending.unknown) = stored;
            return Err(error.into());
        }
        Ok(())
    }

    /// Stores them in a transaction that is still to be committed.
    async fn store_uses(&self, taken: &[Taken], unknown: &[(String, u64)]) -> Result<DatabaseTransaction> {
        let transaction = begin(&self.db).await?;
        store_totals(&transaction, taken, unknown, hour(self.now())).await?;
        store_environment_key_uses(&transaction, taken).await?;
        store_hours(&transaction, taken).await?;
        // What a key that was deleted meanwhile was last used for has nowhere to go.
        let current = current_tokens(&transaction, taken).await?;
        let taken: Vec<_> = taken.iter().filter(|key| current.contains_key(&key.id)).collect();
        store_endpoint_uses(&transaction, &taken).await?;
        store_last_uses(&transaction, &taken, &current).await?;
        store_old_token_uses(&transaction, &taken, &current).await?;
        Ok(transaction)
    }
}

fn noted(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "cannot store how keys were used; the next try includes it");
    }
}

/// The hashes of the keys' tokens as they are now, by key; without keys that are gone.
async fn current_tokens(transaction: &DatabaseTransaction, taken: &[Taken]) -> Result<HashMap<String, Vec<u8>>> {
    let mut current = HashMap::new();
    for some in taken.chunks(ROWS) {
        let ids: Vec<&str> = some.iter().map(|key| key.id.as_str()).collect();
        let found: Vec<(String, Vec<u8>)> = api_key::Entity::find()
            .select_only()
            .columns([api_key::Column::Id, api_key::Column::TokenHash])
            .filter(api_key::Column::Id.is_in(ids))
            .into_tuple()
            .all(transaction)
            .await?;
        current.extend(found);
    }
    Ok(current)
}

/// By environment; requests with unknown tokens belong to none, and are counted in the hour in which they are stored.
async fn store_totals(
    transaction: &DatabaseTransaction,
    taken: &[Taken],
    unknown: &[(String, u64)],
    this_hour: i64,
) -> Result<()> {
    let mut totals: BTreeMap<(&str, i64, &str, &str), i64> = BTreeMap::new();
    for key in taken {
        for count in &key.tally.counts {
            *totals
                .entry((&key.environment_id, count.hour, &count.endpoint, count.code.as_str()))
                .or_default() += stored(count.requests);
        }
    }
    for (endpoint, requests) in unknown {
        totals.insert(("", this_hour, endpoint, Code::NotFound.as_str()), stored(*requests));
    }
    let rows: Vec<_> = totals
        .into_iter()
        .map(
            |((environment_id, hour, endpoint_name, code), count)| usage_total::Model {
                environment_id: environment_id.to_owned(),
                hour,
                endpoint_name: endpoint_name.to_owned(),
                code: code.to_owned(),
                count,
            },
        )
        .collect();
    let add = OnConflict::columns([
        usage_total::Column::EnvironmentId,
        usage_total::Column::Hour,
        usage_total::Column::EndpointName,
        usage_total::Column::Code,
    ])
    .value(
        usage_total::Column::Count,
        Expr::col((usage_total::Entity, usage_total::Column::Count)).add(Expr::cust("excluded.count")),
    )
    .to_owned();
    insert_or::<usage_total::Entity, usage_total::ActiveModel>(transaction, rows, Some(&add)).await
}

async fn store_hours(transaction: &DatabaseTransaction, taken: &[Taken]) -> Result<()> {
    let rows: Vec<_> = taken
        .iter()
        .flat_map(|key| {
            key.tally.counts.iter().map(|count| usage_hour::Model {
                hour: count.hour,
                key_id: key.id.clone(),
                endpoint_name: count.endpoint.clone(),
                code: count.code.as_str().to_owned(),
                count: stored(count.requests),
            })
        })
        .collect();
    let add = OnConflict::columns([
        usage_hour::Column::Hour,
        usage_hour::Column::KeyId,
        usage_hour::Column::EndpointName,
        usage_hour::Column::Code,
    ])
    .value(
        usage_hour::Column::Count,
        Expr::col((usage_hour::Entity, usage_hour::Column::Count)).add(Expr::cust("excluded.count")),
    )
    .to_owned();
    insert_or::<usage_hour::Entity, usage_hour::ActiveModel>(transaction, rows, Some(&add)).await
}

async fn store_endpoint_uses(transaction: &DatabaseTransaction, taken: &[&Taken]) -> Result<()> {
    let mut latest: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for key in taken {
        for count in key.tally.counts.iter().filter(|count| count.code == Code::Valid) {
            let at = latest.entry((&key.id, &count.endpoint)).or_default();
            *at = Ord::max(*at, count.last_at.0);
        }
    }
    let rows: Vec<_> = latest
        .into_iter()
        .map(|((key_id, endpoint_name), last_used_at)| api_key_endpoint_use::Model {
            key_id: key_id.to_owned(),
            endpoint_name: endpoint_name.to_owned(),
            last_used_at,
        })
        .collect();
    let later = OnConflict::columns([
        api_key_endpoint_use::Column::KeyId,
        api_key_endpoint_use::Column::EndpointName,
    ])
    .value(
        api_key_endpoint_use::Column::LastUsedAt,
        Expr::cust(
            "CASE WHEN excluded.last_used_at > api_key_endpoint_uses.last_used_at \
                    THEN excluded.last_used_at ELSE api_key_endpoint_uses.last_used_at END",
        ),
    )
    .to_owned();
    insert_or::<api_key_endpoint_use::Entity, api_key_endpoint_use::ActiveModel>(transaction, rows, Some(&later)).await
}

/// One statement for many keys. Another node may have stored a later use, which stays.
async fn store_last_uses(
    transaction: &DatabaseTransaction,
    taken: &[&Taken],
    tokens: &HashMap<String, Vec<u8>>,
) -> Result<()> {
    let used: Vec<_> = taken
        .iter()
        .filter_map(|key| {
            let (at, from) = key.tally.last?;
            let hash = tokens.get(&key.id)?;
            let current = key.tally.tokens.iter().find(|(token, _)| token.0[..] == hash[..]);
            Some((key, at, from, hash, current.map(|(_, at)| *at)))
        })
        .collect();
    for some in used.chunks(ROWS) {
        let rows = vec!["(?, ?, ?, ?, ?)"; some.len()].join(", ");
        let sql = format!(
            "WITH used (id, at, origin, hash, token_at) AS (VALUES {rows})
             UPDATE api_keys SET
                last_used_from = CASE WHEN COALESCE(last_used_at, 0) <= used.at THEN used.origin ELSE last_used_from END,
                last_used_at = CASE WHEN COALESCE(last_used_at, 0) < used.at THEN used.at ELSE last_used_at END,
                idle_since = CASE WHEN idle_since < used.at THEN used.at ELSE idle_since END,
                token_used_at = CASE WHEN token_hash = used.hash AND COALESCE(token_used_at, 0) < used.token_at
                    THEN used.token_at ELSE token_used_at END,
                used_endpoints = (SELECT count(*) FROM api_key_endpoint_uses WHERE key_id = api_keys.id)
             FROM used WHERE api_keys.id = used.id"
        );
        let values = some.iter().flat_map(|(key, at, from, hash, token_at)| {
            [
                Value::from(key.id.as_str()),
                Value::from(at.0),
                Value::from(from.map(|from: IpAddr| from.to_canonical().to_string())),
                Value::from((*hash).clone()),
                Value::from(token_at.map(|at: Timestamp| at.0)),
            ]
        });
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}

/// Uses of tokens that are not their key's current one, or no longer. There are few of them.
async fn store_old_token_uses(
    transaction: &DatabaseTransaction,
    taken: &[&Taken],
    current: &HashMap<String, Vec<u8>>,
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
        old_token::Entity::update_many()
            .col_expr(old_token::Column::LastUsedAt, Expr::value(at.0))
            .filter(old_token::Column::TokenHash.eq(token.0.to_vec()))
            .filter(
                old_token::Column::LastUsedAt
                    .is_null()
                    .or(old_token::Column::LastUsedAt.lt(at.0)),
            )
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Uses of the environments' own keys, which are few.
async fn store_environment_key_uses(transaction: &DatabaseTransaction, taken: &[Taken]) -> Result<()> {
    for key in taken.iter().filter(|key| key.of == Of::Environment) {
        let from = key.tally.last.and_then(|(_, from)| from);
        for (token, at) in &key.tally.tokens {
            environment_key::Entity::update_many()
                .col_expr(environment_key::Column::LastUsedAt, Expr::value(at.0))
                .col_expr(
                    environment_key::Column::LastUsedFrom,
                    Expr::value(from.map(|from| from.to_canonical().to_string())),
                )
                .filter(environment_key::Column::TokenHash.eq(token.0.to_vec()))
                .filter(
                    environment_key::Column::LastUsedAt
                        .is_null()
                        .or(environment_key::Column::LastUsedAt.lt(at.0)),
                )
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
