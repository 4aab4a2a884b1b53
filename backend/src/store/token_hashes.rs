//! The key under which tokens are hashed. It is random, belongs to one database, and is sealed under the master key. So the master key
//! can change without touching the hashes.
//!
//! Versions before this one stored the plain SHA-256 of a token. The first process of this version replaces these hashes.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::database::begin;
use super::entities::{api_key, token_hash_key};
use super::mutation::Mutation;
use super::statement::statement;
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::crypto::token::TokenHasher;
use crate::error::{Error, Result};

/// The associated data of the sealed key.
const SEALED_AS: &str = "token hash key";
/// The ID of the one row.
const ID: i64 = 1;

/// Number of hashes that are replaced by one statement.
const HASHES_PER_STATEMENT: usize = 400;
/// Number of keys that are read at a time.
const KEYS_PER_PAGE: u64 = 20_000;

/// The hasher of this database. Where there is no key yet, makes one, and replaces the plain hashes of earlier versions in the same
/// transaction.
pub(super) async fn open(db: &DatabaseConnection, random: &dyn Random, seal: &Seal) -> Result<TokenHasher> {
    if let Some(row) = find(db).await? {
        return unseal(seal, &row);
    }
    let transaction = begin(db).await?;
    // Another process may have made the key meanwhile.
    if let Some(row) = find(&transaction).await? {
        return unseal(seal, &row);
    }
    let mut key = [0; 32];
    random.fill(&mut key);
    let hasher = TokenHasher::new(&key);
    let replaced = replace_hashes(&transaction, &hasher).await?;
    if replaced > 0 {
        tracing::info!("{replaced} hashes of tokens are keyed now: the database alone no longer confirms a token");
    }
    let row = token_hash_key::Model {
        id: ID,
        sealed: seal.seal(random, SEALED_AS, &key)?,
    };
    let row = row.into_active_model().reset_all();
    token_hash_key::Entity::insert(row)
        .exec_without_returning(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(hasher)
}

/// Seals the key again, under a new master key.
pub(crate) async fn reseal(mutation: &Mutation<'_>, random: &dyn Random, from: &Seal, to: &Seal) -> Result<()> {
    let Some(row) = find(&mutation.transaction).await? else {
        return Ok(());
    };
    let key = from.open(SEALED_AS, &row.sealed)?;
    let mut active = row.into_active_model();
    active.sealed = Set(to.seal(random, SEALED_AS, &key)?);
    active.update(&mutation.transaction).await?;
    Ok(())
}

async fn find(db: &impl ConnectionTrait) -> Result<Option<token_hash_key::Model>> {
    Ok(token_hash_key::Entity::find_by_id(ID).one(db).await?)
}

fn unseal(seal: &Seal, row: &token_hash_key::Model) -> Result<TokenHasher> {
    let key = seal.open(SEALED_AS, &row.sealed)?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| Error::stored("token hash key", ""))?;
    Ok(TokenHasher::new(&key))
}

/// Replaces the SHA-256 of each token by its keyed hash. Answers with how many there were.
async fn replace_hashes(transaction: &DatabaseTransaction, hasher: &TokenHasher) -> Result<usize> {
    let mut replaced = 0;
    // There are few environments, and few old tokens at a time.
    for table in ["environment_keys", "old_tokens", "service_tokens"] {
        let select = format!("SELECT token_hash FROM {table}");
        let rows = transaction
            .query_all_raw(statement(transaction.get_database_backend(), &select, []))
            .await?;
        let plain = rows.iter().map(|row| row.try_get_by_index(0));
        let plain: Vec<Vec<u8>> = plain.collect::<Result<_, _>>()?;
        replaced += replace(transaction, table, &plain, hasher).await?;
    }
    let mut after = String::new();
    loop {
        let page: Vec<(String, Vec<u8>)> = api_key::Entity::find()
            .select_only()
            .columns([api_key::Column::Id, api_key::Column::TokenHash])
            .filter(api_key::Column::Id.gt(after.as_str()))
            .order_by_asc(api_key::Column::Id)
            .limit(KEYS_PER_PAGE)
            .into_tuple()
            .all(transaction)
            .await?;
        let Some((last, _)) = page.last() else {
            return Ok(replaced);
        };
        after.clone_from(last);
        let plain: Vec<Vec<u8>> = page.into_iter().map(|(_, hash)| hash).collect();
        replaced += replace(transaction, "api_keys", &plain, hasher).await?;
    }
}

async fn replace(
    transaction: &DatabaseTransaction,
    table: &str,
    plain: &[Vec<u8>],
    hasher: &TokenHasher,
) -> Result<usize> {
    for some in plain.chunks(HASHES_PER_STATEMENT) {
        let pairs = vec!["(?, ?)"; some.len()].join(", ");
        // Both databases give the columns of VALUES these names.
        let sql = format!(
            "UPDATE {table} SET token_hash = replaced.column2 FROM (VALUES {pairs}) AS replaced
             WHERE {table}.token_hash = replaced.column1"
        );
        let values = some.iter().flat_map(|sha256| {
            let keyed = hasher.hash_sha256(sha256).0.to_vec();
            [sha256.clone().into(), keyed.into()]
        });
        let update = statement(transaction.get_database_backend(), &sql, values);
        transaction.execute_raw(update).await?;
    }
    Ok(plain.len())
}
