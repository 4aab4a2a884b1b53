//! The words of the names of keys: stores them, and finds keys by them.

mod by_time;
mod search;

use model::id::KeyId;
use model::words;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, Statement,
};

pub(crate) use self::search::{Alternatives, SEARCH_MAX, Search};
use super::column::Stored;
use super::entities::api_key;
use super::entities::api_key_word::{ActiveModel, Column, Entity, Model};
use super::mutation::insert;
use super::padded::padded;
use super::statement::statement;
use crate::error::Result;

/// Up to this number, one statement inserts all rows: a name has few words, and creating a key should take one statement for them.
const ONE_STATEMENT: usize = 20;

/// A key whose words are not stored: one from before there was an index of words, or one that an older version has written.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Unindexed {
    pub(crate) id: Stored<KeyId>,
    pub(crate) name_lower: String,
    created_at: i64,
}

/// The rows of the words of these keys.
pub(crate) fn of_keys(keys: &[api_key::Model]) -> Vec<Model> {
    let words = |key: &api_key::Model| rows(&key.id, &key.name, key.created_at.milliseconds());
    keys.iter().flat_map(words).collect()
}

fn rows(id: &Stored<KeyId>, name: &str, created_at: i64) -> Vec<Model> {
    let words = words::of_name(name).into_iter();
    words
        .map(|word| Model {
            word,
            created_at: Stored(model::time::Timestamp(created_at)),
            key_id: id.clone(),
        })
        .collect()
}

/// Inserts words of keys that exist.
pub(crate) async fn insert_words(transaction: &DatabaseTransaction, rows: Vec<Model>) -> Result<()> {
    if rows.len() > ONE_STATEMENT {
        return insert::<Entity, ActiveModel>(transaction, rows).await;
    }
    if !rows.is_empty() {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Replaces the words of keys that have got other names.
pub(crate) async fn replace(transaction: &DatabaseTransaction, keys: &[api_key::Model]) -> Result<()> {
    remove(transaction, keys.iter().map(|key| &key.id)).await?;
    insert_words(transaction, of_keys(keys)).await
}

async fn remove(transaction: &DatabaseTransaction, ids: impl Iterator<Item = &Stored<KeyId>>) -> Result<()> {
    Entity::delete_many()
        .filter(Column::KeyId.is_in(padded(ids.map(|id| id.as_str()))))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The first keys whose words are not stored.
pub(crate) async fn unindexed(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Unindexed>> {
    let statement = select_unindexed(db.get_database_backend(), most);
    Ok(Unindexed::find_by_statement(statement).all(db).await?)
}

fn select_unindexed(database: sea_orm::DbBackend, most: u64) -> Statement {
    let sql = "SELECT id, name_lower, created_at FROM api_keys WHERE COALESCE(indexed_name, '') <> name_lower
               ORDER BY id LIMIT ?";
    statement(database, sql, [most.into()])
}

/// Stores the words of the first keys whose words are not stored. Returns how many keys these were.
pub(crate) async fn index_some(transaction: &DatabaseTransaction, most: u64) -> Result<usize> {
    let keys = unindexed(transaction, most).await?;
    if keys.is_empty() {
        return Ok(0);
    }
    remove(transaction, keys.iter().map(|key| &key.id)).await?;
    let words = keys
        .iter()
        .flat_map(|key| rows(&key.id, &key.name_lower, key.created_at));
    insert_words(transaction, words.collect()).await?;
    api_key::Entity::update_many()
        .col_expr(api_key::Column::IndexedName, Expr::col(api_key::Column::NameLower))
        .filter(api_key::Column::Id.is_in(padded(keys.iter().map(|key| key.id.as_str()))))
        .exec(transaction)
        .await?;
    Ok(keys.len())
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::store::postgres::query_plan::{add_keys, new_store, rows_read};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn keys_without_words_are_found_by_their_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, select_unindexed(DbBackend::Sqlite, 10)).await;
        assert!(
            plan.len() == 1 && plan[0].contains("INDEX api_keys_unindexed"),
            "{plan:#?}"
        );
    }

    #[tokio::test]
    async fn the_words_of_a_key_are_removed_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let delete = Entity::delete_many().filter(Column::KeyId.is_in(["key_0123456789"]));
        let plan = plan(&store, delete.build(DbBackend::Sqlite)).await;
        assert!(plan.iter().any(|step| step.contains("api_key_words_key")), "{plan:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_keys_without_words_are_found_by_their_index() {
        let store = new_store().await;
        add_keys(&store).await;
        let (read, plan) = rows_read(&store, select_unindexed(DbBackend::Postgres, 10)).await;
        assert!(read.get("api_keys").copied().unwrap_or_default() <= 10.0, "{plan:#}");
        store.close().await.unwrap();
    }
}
