//! Stores when keys, their tokens and their endpoints were last used, and from which address.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use model::time::{DAY, Timestamp};
use model::verify::Code;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Statement,
    Value,
};

use crate::error::Result;
use crate::store::entities::{api_key, api_key_endpoint_use, environment_key, old_token};
use crate::store::mutation::{insert_or, pieces};
use crate::verifier::{DrainedCounts, KeyKind};

/// `idle_since` follows the last use of a key no closer than this.
const IDLE_FOR: i64 = DAY;

/// Stores the last uses of these keys.
pub(super) async fn store(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<()> {
    store_environment_keys(transaction, taken).await?;
    // Keys that were deleted meanwhile have no row for their last use.
    let current = current_tokens(transaction, taken).await?;
    let taken: Vec<_> = taken.iter().filter(|key| current.contains_key(&key.id)).collect();
    store_endpoints(transaction, &taken).await?;
    store_keys(transaction, &taken, &current).await?;
    store_old_tokens(transaction, &taken, &current).await
}

/// The hashes of the keys' current tokens, by key ID. Deleted keys are left out.
async fn current_tokens(
    transaction: &DatabaseTransaction,
    taken: &[DrainedCounts],
) -> Result<HashMap<String, Vec<u8>>> {
    let mut current = HashMap::new();
    for some in pieces(taken) {
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

async fn store_endpoints(transaction: &DatabaseTransaction, taken: &[&DrainedCounts]) -> Result<()> {
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

/// Stores the last uses of API keys. A later use that another node has stored stays.
async fn store_keys(
    transaction: &DatabaseTransaction,
    taken: &[&DrainedCounts],
    tokens: &HashMap<String, Vec<u8>>,
) -> Result<()> {
    let used: Vec<_> = taken
        .iter()
        .filter_map(|key| {
            let (at, from) = key.tally.last?;
            let hash = tokens.get(&key.id)?;
            let current = key.tally.tokens.iter().find(|(token, _)| token.0[..] == hash[..]);
            Some((key.id.as_str(), at, from, current.map(|(_, at)| *at)))
        })
        .collect();
    // An update writes every index of each column that it names, even where the value stays. So columns that rarely
    // change have statements of their own.
    for some in pieces(&used) {
        let all = some.iter().map(|(id, at, from, token_at)| {
            [
                Value::from(*id),
                Value::from(at.0),
                Value::from(from.map(|from: IpAddr| from.to_string())),
                Value::from(token_at.map(|at: Timestamp| at.0)),
            ]
        });
        let last_use = "WITH used (id, at, origin, token_at) AS (VALUES {rows})
             UPDATE api_keys SET
                last_used_from = CASE WHEN COALESCE(last_used_at, 0) <= used.at THEN used.origin ELSE last_used_from END,
                last_used_at = CASE WHEN COALESCE(last_used_at, 0) < used.at THEN used.at ELSE last_used_at END,
                token_used_at = CASE WHEN COALESCE(token_used_at, 0) < used.token_at
                    THEN used.token_at ELSE token_used_at END
             FROM used WHERE api_keys.id = used.id";
        execute(transaction, last_use, all.collect()).await?;
        let times = some.iter().map(|(id, at, ..)| [Value::from(*id), Value::from(at.0)]);
        let idle_since = format!(
            "WITH used (id, at) AS (VALUES {{rows}})
             UPDATE api_keys SET idle_since = used.at
             FROM used WHERE api_keys.id = used.id AND idle_since < used.at - {IDLE_FOR}"
        );
        execute(transaction, &idle_since, times.collect()).await?;
        let ids = some.iter().map(|(id, ..)| [Value::from(*id)]);
        let used_endpoints = "WITH used (id) AS (VALUES {rows}), counted AS (
                SELECT id, (SELECT count(*) FROM api_key_endpoint_uses WHERE key_id = used.id) AS endpoints FROM used
             )
             UPDATE api_keys SET used_endpoints = endpoints
             FROM counted WHERE api_keys.id = counted.id AND used_endpoints <> endpoints";
        execute(transaction, used_endpoints, ids.collect()).await?;
    }
    Ok(())
}

/// Executes a statement in which `{rows}` stands for these rows.
async fn execute<const N: usize>(transaction: &DatabaseTransaction, sql: &str, rows: Vec<[Value; N]>) -> Result<()> {
    let row = format!("({})", ["?"; N].join(", "));
    let sql = sql.replace("{rows}", &vec![row; rows.len()].join(", "));
    let values = rows.into_iter().flatten();
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    transaction.execute_raw(statement).await?;
    Ok(())
}

/// Stores the last uses of tokens that are not the current token of their key. There are few of them.
async fn store_old_tokens(
    transaction: &DatabaseTransaction,
    taken: &[&DrainedCounts],
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

/// Stores the last uses of environment keys, which are few.
async fn store_environment_keys(transaction: &DatabaseTransaction, taken: &[DrainedCounts]) -> Result<()> {
    for key in taken.iter().filter(|key| key.kind == KeyKind::Environment) {
        for (token, at) in &key.tally.tokens {
            // The address is known of the latest use only.
            let latest = key.tally.last.filter(|(last, _)| last == at);
            let from = latest.and_then(|(_, from)| from);
            environment_key::Entity::update_many()
                .col_expr(environment_key::Column::LastUsedAt, Expr::value(at.0))
                .col_expr(
                    environment_key::Column::LastUsedFrom,
                    Expr::value(from.map(|from| from.to_string())),
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
