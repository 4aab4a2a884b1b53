//! An index with the refused requests alone, which Home reads each time it loads.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Without the count, so that PostgreSQL can go on changing it in place.
const STATEMENT: &str = "CREATE INDEX usage_hours_refused ON usage_hours (hour, key_id) WHERE code <> 'VALID'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &[STATEMENT]).await
    }
}
