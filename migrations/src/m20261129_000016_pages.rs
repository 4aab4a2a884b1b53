//! Indexes for the pages of people and of invitations.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    "CREATE INDEX users_name ON users (lower(name), id)",
    "CREATE INDEX one_time_links_purpose ON one_time_links (purpose, created_at, email)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
