//! What nodes report to each other about limited keys. A node inserts and updates only its own rows, so no two wait for each other.

use model::id::NodeId;
use model::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, Statement,
};

use super::column::ColumnValue;
use super::entities::limit_report::{ActiveModel, COLUMN, Column, Entity, Model};
use super::mutation::insert_or;
use super::statement::{read_one, statement};
use crate::error::Result;

/// Rows that are removed at a time.
const REMOVED_AT_ONCE: u64 = 1_000;

/// Stores a node's reports, each in the place of its last one about the key.
pub(crate) async fn store(transaction: &DatabaseTransaction, reports: Vec<Model>) -> Result<()> {
    let again = OnConflict::columns([Column::InstanceId, Column::KeyId])
        .update_columns([
            Column::Round,
            Column::Allowed,
            Column::NewlyAllowed,
            Column::Demand,
            Column::Span,
            Column::SecondFullAt,
            Column::MinuteFullAt,
            Column::DayFullAt,
        ])
        .to_owned();
    insert_or::<Entity, ActiveModel>(transaction, reports, Some(&again)).await
}

/// The reports of a node after a round, in their order, and at most this many.
pub(crate) async fn reports_after(
    db: &impl ConnectionTrait,
    node: &NodeId,
    round: i64,
    most: u64,
) -> Result<Vec<Model>> {
    Ok(after(node, round, most).all(db).await?)
}

fn after(node: &NodeId, round: i64, most: u64) -> Select<Entity> {
    Entity::find()
        .filter(COLUMN.instance_id.eq(node.as_str()))
        .filter(COLUMN.round.gt(round))
        .order_by_asc(COLUMN.round)
        .limit(most)
}

/// The next node that has rows, in the order of IDs.
pub(crate) async fn next_reporter(db: &impl ConnectionTrait, after: &str) -> Result<Option<NodeId>> {
    let next: Option<Option<String>> = read_one(db, next_reporter_statement(db.get_database_backend(), after)).await?;
    next.flatten().map(NodeId::from_raw).transpose()
}

fn next_reporter_statement(database: DbBackend, after: &str) -> Statement {
    let sql = "SELECT min(instance_id) FROM limit_reports WHERE instance_id > ?";
    statement(database, sql, [after.into()])
}

/// Removes some of a node's reports from which nobody learns anything, because all buckets are full again. The last
/// `round` and those after it stay. Answers whether there may be more.
pub(crate) async fn remove_full(db: &impl ConnectionTrait, node: &NodeId, round: i64, now: Timestamp) -> Result<bool> {
    let removed = db
        .execute_raw(remove_full_statement(db.get_database_backend(), node, round, now))
        .await?;
    Ok(removed.rows_affected() == REMOVED_AT_ONCE)
}

fn remove_full_statement(database: DbBackend, node: &NodeId, round: i64, now: Timestamp) -> Statement {
    let sql = format!(
        "DELETE FROM limit_reports WHERE instance_id = ? AND key_id IN (
            SELECT key_id FROM limit_reports
            WHERE instance_id = ? AND round < ? AND second_full_at < ? AND minute_full_at < ? AND day_full_at < ?
            ORDER BY round LIMIT {REMOVED_AT_ONCE}
         )"
    );
    let node = node.as_str();
    let now = now.0;
    let values = [
        node.into(),
        node.into(),
        round.into(),
        now.into(),
        now.into(),
        now.into(),
    ];
    statement(database, &sql, values)
}

/// Removes some of the reports of a node that is gone. Answers whether there may be more.
pub(crate) async fn remove_some(db: &impl ConnectionTrait, node: &NodeId) -> Result<bool> {
    let removed = db
        .execute_raw(remove_some_statement(db.get_database_backend(), node))
        .await?;
    Ok(removed.rows_affected() == REMOVED_AT_ONCE)
}

fn remove_some_statement(database: DbBackend, node: &NodeId) -> Statement {
    let sql = format!(
        "DELETE FROM limit_reports WHERE instance_id = ? AND key_id IN (
            SELECT key_id FROM limit_reports WHERE instance_id = ? ORDER BY key_id LIMIT {REMOVED_AT_ONCE}
         )"
    );
    statement(database, &sql, [node.as_str().into(), node.as_str().into()])
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    const DATABASE: DbBackend = DbBackend::Sqlite;

    #[tokio::test]
    async fn a_node_reads_and_removes_without_reading_the_rows_of_other_nodes() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let node = NodeId::from_random("0123456789");
        for statement in [
            after(&node, 7, 100).build(DATABASE),
            next_reporter_statement(DATABASE, node.as_str()),
            remove_full_statement(DATABASE, &node, 7, Timestamp(1)),
            remove_some_statement(DATABASE, &node),
        ] {
            let plan = plan(&store, statement).await;
            assert!(
                plan.iter().any(|step| step.starts_with("SEARCH limit_reports")),
                "{plan:#?}"
            );
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_a_node_does_not_read_the_rows_of_other_nodes() {
        let store = new_store_without_scans().await;
        let node = NodeId::from_random("0123456789");
        for statement in [
            after(&node, 7, 100).build(DbBackend::Postgres),
            next_reporter_statement(DbBackend::Postgres, node.as_str()),
            remove_full_statement(DbBackend::Postgres, &node, 7, Timestamp(1)),
            remove_some_statement(DbBackend::Postgres, &node),
        ] {
            assert_sought(&store, "limit_reports", statement).await;
        }
        store.close().await.unwrap();
    }
}
