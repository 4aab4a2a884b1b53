//! The tags of keys, a row each, by which keys are found.

use model::id::KeyId;
use model::tags::Tags;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Statement, Value,
};

use super::column::Stored;
use super::entities::api_key_tag::{self, Column};
use super::mutation::insert;
use super::statement::statement;
use crate::error::Result;

/// The first tags that begin with a text, in order. Each is read once, however many keys have it: the next tag is sought behind
/// the one before.
pub(crate) async fn first_tags(db: &impl ConnectionTrait, prefix: &str, limit: u64) -> Result<Vec<String>> {
    let rows = db
        .query_all_raw(select_first(db.get_database_backend(), prefix, limit))
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?)
}

fn select_first(database: DbBackend, prefix: &str, limit: u64) -> Statement {
    let end = format!("{prefix}{}", char::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement(
        database,
        "WITH RECURSIVE found(tag) AS (
            SELECT MIN(api_key_tags.tag) FROM api_key_tags WHERE api_key_tags.tag >= ? AND api_key_tags.tag < ?
            UNION ALL
            SELECT (SELECT MIN(later.tag) FROM api_key_tags later WHERE later.tag > found.tag AND later.tag < ?)
            FROM found WHERE found.tag IS NOT NULL
        )
        SELECT found.tag FROM found WHERE found.tag IS NOT NULL LIMIT ?",
        [
            Value::from(prefix),
            Value::from(end.as_str()),
            Value::from(end.as_str()),
            Value::from(limit),
        ],
    )
}

/// The rows of a key's tags.
pub(crate) fn rows_of(key: &KeyId, tags: &Tags) -> impl Iterator<Item = api_key_tag::Model> {
    tags.words().iter().map(move |tag| api_key_tag::Model {
        tag: tag.clone(),
        key_id: Stored::from(key),
    })
}

/// Stores the tags of new keys. Where there are none, this is no statement.
pub(crate) async fn insert_tags(transaction: &DatabaseTransaction, rows: Vec<api_key_tag::Model>) -> Result<()> {
    insert::<api_key_tag::Entity, api_key_tag::ActiveModel>(transaction, rows).await
}

/// Stores other tags of a key in the place of those that it has.
pub(crate) async fn replace_tags(transaction: &DatabaseTransaction, key: &KeyId, tags: &Tags) -> Result<()> {
    api_key_tag::Entity::delete_many()
        .filter(Column::KeyId.eq(key.as_str()))
        .exec(transaction)
        .await?;
    insert_tags(transaction, rows_of(key, tags).collect()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans, run};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn the_next_tag_is_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for prefix in ["", "bill"] {
            let plan = plan(&store, select_first(DbBackend::Sqlite, prefix, 3)).await;
            let reads: Vec<&String> = plan
                .iter()
                .filter(|step| step.contains("api_key_tags") || step.contains(" later"))
                .collect();
            assert_eq!(reads.len(), 2, "{plan:#?}");
            assert!(reads.iter().all(|step| step.starts_with("SEARCH")), "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn each_tag_is_found_once_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        run(
            &store.writer,
            "PRAGMA foreign_keys = OFF;
             INSERT INTO api_key_tags (tag, key_id)
             VALUES ('eu', 'key_1'), ('eu', 'key_2'), ('billing', 'key_1'), ('édition', 'key_1'), ('ci', 'key_3')",
        )
        .await;
        let first = async |prefix: &str, limit| first_tags(&store.db, prefix, limit).await.unwrap();
        assert_eq!(first("", 9).await, ["billing", "ci", "eu", "édition"]);
        assert_eq!(first("", 2).await, ["billing", "ci"]);
        assert_eq!(first("e", 9).await, ["eu"]);
        assert_eq!(first("x", 9).await, [""; 0]);
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_next_tag_is_sought() {
        let store = new_store_without_scans().await;
        let first = select_first(DbBackend::Postgres, "bill", 3);
        assert_sought(&store, "api_key_tags", first).await;
        store.close().await.unwrap();
    }
}
