//! An index for every filter of the audit log.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 4] = [
    "CREATE INDEX audit_events_actor ON audit_events (actor_kind, actor_id, number)",
    "CREATE INDEX audit_events_action ON audit_events (action, number)",
    "CREATE INDEX audit_events_subject_name ON audit_events (lower(subject_name), number)",
    "CREATE INDEX audit_events_at ON audit_events (at, number)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
