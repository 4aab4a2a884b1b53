//! The index of unused endpoints covers only keys with some endpoints, not those with all.

use sea_orm_migration::prelude::*;

use crate::dialect::{execute, is_postgres};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEX: &str = "CREATE INDEX api_keys_spare ON api_keys (state, (granted_endpoints - used_endpoints)) WHERE ";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // PostgreSQL does not compare a boolean with a number.
        let condition = if is_postgres(manager) {
            "NOT all_endpoints"
        } else {
            "all_endpoints = 0"
        };
        execute(manager, &["DROP INDEX api_keys_spare", &format!("{INDEX}{condition}")]).await
    }
}
