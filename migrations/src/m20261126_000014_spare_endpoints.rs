//! The index of unused endpoints covers only keys with some endpoints, not those with all.

use sea_orm_migration::prelude::*;

use crate::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    "DROP INDEX api_keys_spare",
    "CREATE INDEX api_keys_spare ON api_keys (state, (granted_endpoints - used_endpoints)) WHERE all_endpoints = 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
