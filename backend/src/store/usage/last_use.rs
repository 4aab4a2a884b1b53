//! The last use of keys, tokens and endpoints. A later one that another node has stored stays.

use std::collections::HashMap;
use std::net::IpAddr;

use model::id::KeyId;
use model::time::{DAY, Timestamp};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};

use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::{api_key, api_key_endpoint_use, environment_key, old_token};
use crate::store::mutation::{chunks_for_statements, insert_or};
use crate::store::statement::statement;

/// How far `idle_since` may be behind the last use of a key, in milliseconds.
const IDLE_FOR: i64 = DAY;

/// The last use of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyUse<'a> {
    pub(crate) id: &'a KeyId,
    pub(crate) at: Timestamp,
    pub(crate) from: Option<IpAddr>,
    /// The last use with the current token.
    pub(crate) token_at: Option<Timestamp>,
}

/// The hashes of the present tokens of these keys, by key; without keys that are gone. Until the transaction ends, nobody else
/// changes or deletes these keys, so that a use is either stored with its key or known to have no key.
pub(crate) async fn current_tokens(
    transaction: &DatabaseTransaction,
    ids: &[&KeyId],
) -> Result<HashMap<KeyId, Vec<u8>>> {
    let mut current = HashMap::new();
    for chunk in chunks_for_statements(ids) {
        let found: Vec<(Stored<KeyId>, Vec<u8>)> = api_key::Entity::find()
            .select_only()
            .columns([api_key::Column::Id, api_key::Column::TokenHash])
            .filter(api_key::Column::Id.is_in(chunk.iter().map(|id| id.as_str())))
            .order_by_asc(api_key::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple()
            .all(transaction)
            .await?;
        current.extend(found.into_iter().map(|(id, hash)| (id.0, hash)));
    }
    Ok(current)
}

/// Notes when keys last called endpoints.
pub(crate) async fn note_endpoint_uses(
    transaction: &DatabaseTransaction,
    rows: Vec<api_key_endpoint_use::Model>,
) -> Result<()> {
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

/// Notes when and from where keys were last used, and how many endpoints each has used. An update writes every index of
/// each column that it names, even where the value stays. So columns that rarely change have statements of their own.
pub(crate) async fn note_key_uses(transaction: &DatabaseTransaction, uses: &[KeyUse<'_>]) -> Result<()> {
    let database = transaction.get_database_backend();
    for chunk in chunks_for_statements(uses) {
        for statement in [
            last_use_statement(database, chunk),
            idle_since_statement(database, chunk),
            used_endpoints_statement(database, chunk),
        ] {
            transaction.execute_raw(statement).await?;
        }
    }
    Ok(())
}

fn last_use_statement(database: DbBackend, uses: &[KeyUse<'_>]) -> Statement {
    let sql = format!(
        "WITH used (id, at, origin, token_at) AS (VALUES {})
         UPDATE api_keys SET
            last_used_from = CASE WHEN COALESCE(last_used_at, 0) <= used.at THEN used.origin ELSE last_used_from END,
            last_used_at = CASE WHEN COALESCE(last_used_at, 0) < used.at THEN used.at ELSE last_used_at END,
            token_used_at = CASE WHEN COALESCE(token_used_at, 0) < used.token_at
                THEN used.token_at ELSE token_used_at END
         FROM used WHERE api_keys.id = used.id",
        rows(uses.len(), "(?, ?, ?, ?)")
    );
    let values = uses.iter().flat_map(|key| {
        [
            Value::from(key.id.as_str()),
            Value::from(key.at.0),
            Value::from(key.from.map(|from| from.to_string())),
            Value::from(key.token_at.map(|at| at.0)),
        ]
    });
    statement(database, &sql, values)
}

fn idle_since_statement(database: DbBackend, uses: &[KeyUse<'_>]) -> Statement {
    let sql = format!(
        "WITH used (id, at) AS (VALUES {})
         UPDATE api_keys SET idle_since = used.at
         FROM used WHERE api_keys.id = used.id AND idle_since < used.at - {IDLE_FOR}",
        rows(uses.len(), "(?, ?)")
    );
    let values = uses
        .iter()
        .flat_map(|key| [Value::from(key.id.as_str()), Value::from(key.at.0)]);
    statement(database, &sql, values)
}

fn used_endpoints_statement(database: DbBackend, uses: &[KeyUse<'_>]) -> Statement {
    let sql = format!(
        "WITH used (id) AS (VALUES {}), counted AS (
            SELECT id, (SELECT count(*) FROM api_key_endpoint_uses WHERE key_id = used.id) AS endpoints FROM used
         )
         UPDATE api_keys SET used_endpoints = endpoints
         FROM counted WHERE api_keys.id = counted.id AND used_endpoints <> endpoints",
        rows(uses.len(), "(?)")
    );
    statement(database, &sql, uses.iter().map(|key| Value::from(key.id.as_str())))
}

/// Placeholders for this number of rows.
fn rows(number: usize, row: &str) -> String {
    vec![row; number].join(", ")
}

/// Notes when an old token was last used.
pub(crate) async fn note_old_token_use(
    transaction: &DatabaseTransaction,
    token_hash: &[u8],
    at: Timestamp,
) -> Result<()> {
    old_token::Entity::update_many()
        .col_expr(old_token::Column::LastUsedAt, Expr::value(at.0))
        .filter(old_token::Column::TokenHash.eq(token_hash))
        .filter(
            old_token::Column::LastUsedAt
                .is_null()
                .or(old_token::Column::LastUsedAt.lt(at.0)),
        )
        .exec(transaction)
        .await?;
    Ok(())
}

/// Notes when and from where a token of an environment key was last used.
pub(crate) async fn note_environment_key_use(
    transaction: &DatabaseTransaction,
    token_hash: &[u8],
    at: Timestamp,
    from: Option<IpAddr>,
) -> Result<()> {
    environment_key::Entity::update_many()
        .col_expr(environment_key::Column::LastUsedAt, Expr::value(at.0))
        .col_expr(
            environment_key::Column::LastUsedFrom,
            Expr::value(from.map(|from| from.to_string())),
        )
        .filter(environment_key::Column::TokenHash.eq(token_hash))
        .filter(
            environment_key::Column::LastUsedAt
                .is_null()
                .or(environment_key::Column::LastUsedAt.lt(at.0)),
        )
        .exec(transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DATABASE, key};
    use super::*;
    use crate::store::postgres::query_plan::{add_keys, new_store, rows_read};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn keys_are_sought_by_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let key = key();
        let uses = [KeyUse {
            id: &key,
            at: Timestamp(1),
            from: None,
            token_at: None,
        }; 20];
        for statement in [
            last_use_statement(DATABASE, &uses),
            idle_since_statement(DATABASE, &uses),
            used_endpoints_statement(DATABASE, &uses),
        ] {
            let plan = plan(&store, statement).await;
            let sought = plan.iter().any(|step| step.starts_with("SEARCH api_keys USING"));
            let scanned = plan.iter().any(|step| step.starts_with("SCAN api_key"));
            assert!(sought && !scanned, "{plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_keys_are_sought_by_their_ids() {
        let store = new_store().await;
        add_keys(&store).await;
        let key = key();
        let uses = [KeyUse {
            id: &key,
            at: Timestamp(1),
            from: None,
            token_at: None,
        }; 20];
        for statement in [
            last_use_statement(DbBackend::Postgres, &uses),
            idle_since_statement(DbBackend::Postgres, &uses),
            used_endpoints_statement(DbBackend::Postgres, &uses),
        ] {
            let (read, plan) = rows_read(&store, statement).await;
            let keys = read.get("api_keys").copied().unwrap_or_default();
            assert!(keys <= 100.0, "{plan:#}");
        }
        store.close().await.unwrap();
    }
}
