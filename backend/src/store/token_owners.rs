//! Whose token it is, by its hash: for the import of keys, where nothing keeps a hash from being here already.

use std::collections::HashMap;

use model::endpoint::Grant;
use model::id::KeyId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

use super::entities::{api_key, api_key_endpoint, environment_key, imported_token, old_token, service_token};
use super::keys::grant_of;
use super::padded::padded;
use crate::crypto::token::HashedToken;
use crate::error::Result;

/// Who has a token, or had it.
#[derive(Debug)]
pub(crate) enum TokenOwner {
    /// It is the current token of a key.
    Key(Box<KnownKey>),
    /// A key had it, which has another one now. It may still work until its grace ends.
    Replaced(Box<api_key::Model>),
    /// It was imported with a key that was deleted since.
    Deleted(KeyId),
    EnvironmentKey,
    ServiceAccount,
}

/// A key with what it may call.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) row: api_key::Model,
    /// Names in order.
    pub(crate) grant: Grant,
}

/// The owners of these tokens, without tokens that nobody has or had.
pub(crate) async fn owners(
    db: &impl ConnectionTrait,
    tokens: impl Iterator<Item = &HashedToken>,
) -> Result<HashMap<HashedToken, TokenOwner>> {
    let hashes: Vec<Vec<u8>> = tokens.map(|token| token.0.to_vec()).collect();
    let mut owners = HashMap::new();
    for row in environment_keys(&hashes).all(db).await? {
        owners.insert(hashed(row.token_hash, &row.key_id)?, TokenOwner::EnvironmentKey);
    }
    for row in service_tokens(&hashes).all(db).await? {
        let token = HashedToken::from_stored(row.token_hash, row.id.as_str())?;
        owners.insert(token, TokenOwner::ServiceAccount);
    }
    let mut former = HashMap::new();
    for row in imported_tokens(&hashes).all(db).await? {
        former.insert(hashed(row.token_hash, &row.key_id)?, row.key_id.0);
    }
    for row in old_tokens(&hashes).all(db).await? {
        former.insert(hashed(row.token_hash, &row.key_id)?, row.key_id.0);
    }
    let current = keys_with(&hashes).all(db).await?;
    let mut grants = grants(db, &current).await?;
    for row in current {
        let token = hashed(row.token_hash.clone(), &row.id)?;
        let grant = grant_of(row.all_endpoints, grants.remove(&row.id.0).unwrap_or_default());
        former.remove(&token);
        owners.insert(token, TokenOwner::Key(Box::new(KnownKey { row, grant })));
    }
    let others = api_key::Entity::find().filter(api_key::Column::Id.is_in(padded(former.values().map(KeyId::as_str))));
    let others = others.all(db).await?;
    let others: HashMap<KeyId, api_key::Model> = others.into_iter().map(|row| (row.id.0.clone(), row)).collect();
    for (token, id) in former {
        let owner = match others.get(&id) {
            Some(row) => TokenOwner::Replaced(Box::new(row.clone())),
            None => TokenOwner::Deleted(id),
        };
        owners.insert(token, owner);
    }
    Ok(owners)
}

fn hashed(hash: Vec<u8>, key: &KeyId) -> Result<HashedToken> {
    HashedToken::from_stored(hash, key.as_str())
}

fn keys_with(hashes: &[Vec<u8>]) -> Select<api_key::Entity> {
    api_key::Entity::find().filter(api_key::Column::TokenHash.is_in(padded(hashes.iter().cloned())))
}

fn old_tokens(hashes: &[Vec<u8>]) -> Select<old_token::Entity> {
    old_token::Entity::find().filter(old_token::Column::TokenHash.is_in(padded(hashes.iter().cloned())))
}

fn imported_tokens(hashes: &[Vec<u8>]) -> Select<imported_token::Entity> {
    imported_token::Entity::find().filter(imported_token::Column::TokenHash.is_in(padded(hashes.iter().cloned())))
}

fn environment_keys(hashes: &[Vec<u8>]) -> Select<environment_key::Entity> {
    environment_key::Entity::find().filter(environment_key::Column::TokenHash.is_in(padded(hashes.iter().cloned())))
}

fn service_tokens(hashes: &[Vec<u8>]) -> Select<service_token::Entity> {
    service_token::Entity::find().filter(service_token::Column::TokenHash.is_in(padded(hashes.iter().cloned())))
}

/// What these keys may call by name, in order.
async fn grants(db: &impl ConnectionTrait, keys: &[api_key::Model]) -> Result<HashMap<KeyId, Vec<String>>> {
    let named = keys.iter().filter(|row| !row.all_endpoints);
    let ids = padded(named.map(|row| row.id.as_str()));
    let query = api_key_endpoint::Entity::find().filter(api_key_endpoint::Column::KeyId.is_in(ids));
    let mut grants: HashMap<KeyId, Vec<String>> = HashMap::new();
    for row in query.all(db).await? {
        grants.entry(row.key_id.0).or_default().push(row.endpoint_name);
    }
    for names in grants.values_mut() {
        names.sort();
    }
    Ok(grants)
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait, Statement};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn statements(backend: DbBackend) -> [(&'static str, Statement); 5] {
        let hashes: Vec<Vec<u8>> = (0..64).map(|number| vec![number; 32]).collect();
        [
            ("api_keys", keys_with(&hashes).build(backend)),
            ("old_tokens", old_tokens(&hashes).build(backend)),
            ("imported_tokens", imported_tokens(&hashes).build(backend)),
            ("environment_keys", environment_keys(&hashes).build(backend)),
            ("service_tokens", service_tokens(&hashes).build(backend)),
        ]
    }

    #[tokio::test]
    async fn every_token_is_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for (table, statement) in statements(DbBackend::Sqlite) {
            let plan = plan(&store, statement).await;
            assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{table}: {plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_every_token_is_sought() {
        let store = new_store_without_scans().await;
        for (table, statement) in statements(DbBackend::Postgres) {
            assert_sought(&store, table, statement).await;
        }
        store.close().await.unwrap();
    }
}
