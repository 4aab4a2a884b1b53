//! Changes by their audit events.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

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

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
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
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_changes_are_sought_by_their_events() {
        let store = new_store_without_scans().await;
        let statement = select_changes([7, 8, 9]).build(DbBackend::Postgres);
        assert_sought(&store, "change_log", statement).await;
        store.close().await.unwrap();
    }
}
