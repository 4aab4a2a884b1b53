//! Changes and their audit events.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entities::change_log;
use super::padded::padded;
use crate::error::Result;

/// The changes that these audit events are about, by the number of the event. Some events are about no change.
pub(crate) async fn changes_of_events(
    db: &impl ConnectionTrait,
    events: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, i64>> {
    let changes = select_changes(events).all(db).await?;
    Ok(changes
        .into_iter()
        .filter_map(|change| Some((change.audit_number?, change.number)))
        .collect())
}

fn select_changes(events: impl IntoIterator<Item = i64>) -> Select<change_log::Entity> {
    change_log::Entity::find().filter(change_log::Column::AuditNumber.is_in(padded(events)))
}

/// The last changes, latest first.
pub(crate) async fn last_changes(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<change_log::Model>> {
    Ok(select_last(limit).all(db).await?)
}

fn select_last(limit: u64) -> Select<change_log::Entity> {
    change_log::Entity::find()
        .order_by_desc(change_log::Column::Number)
        .limit(limit)
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store, new_store_without_scans, rows_read, run};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn changes_are_sought_by_their_events() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, select_changes([7, 8, 9]).build(DbBackend::Sqlite)).await;
        let sought = plan
            .iter()
            .any(|step| step.contains("USING INDEX change_log_audit_number"));
        assert!(sought && plan.len() == 1, "{plan:#?}");
    }

    #[tokio::test]
    async fn the_last_changes_are_read_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, select_last(20).build(DbBackend::Sqlite)).await;
        // There is no step that sorts.
        assert!(plan.len() == 1 && plan[0].starts_with("SCAN change_log"), "{plan:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_last_changes_are_read_in_the_order_of_their_numbers() {
        let store = new_store().await;
        let fill = "INSERT INTO change_log (number, at, subject, subject_id, audit_number)
             SELECT 1000 + n, n, 'key', 'key_' || n, n FROM generate_series(1, 30000) n;
             ANALYZE";
        run(&store.db, fill).await;
        let (read, plan) = rows_read(&store, select_last(20).build(DbBackend::Postgres)).await;
        assert!(read["change_log"] <= 20.0, "{plan:#}");
        store.close().await.unwrap();
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_changes_are_sought_by_their_events() {
        let store = new_store_without_scans().await;
        let statement = select_changes([7, 8, 9]).build(DbBackend::Postgres);
        assert_sought(&store, "change_log", statement).await;
        store.close().await.unwrap();
    }
}
