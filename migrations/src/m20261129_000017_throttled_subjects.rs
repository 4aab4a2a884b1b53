//! Failed logins, counted for all nodes.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    // `subject` is a MAC of the account or the address, so that the table tells neither.
    "CREATE TABLE throttled_subjects (
        subject blob NOT NULL PRIMARY KEY,
        count bigint NOT NULL,
        last_at bigint NOT NULL,
        forgotten_at bigint NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX throttled_subjects_forgotten_at ON throttled_subjects (forgotten_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
