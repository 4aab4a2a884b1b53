//! The answers to requests of programs that had an Idempotency-Key.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    "CREATE TABLE kept_answers (
        -- A hash over who sent the request and its Idempotency-Key. The key itself is not stored.
        id blob NOT NULL PRIMARY KEY,
        -- A hash over the method, the path and the body of the request.
        request_hash blob NOT NULL,
        -- The answer, sealed under a key that is derived from the Idempotency-Key.
        sealed blob NOT NULL,
        created_at bigint NOT NULL
    )",
    "CREATE INDEX kept_answers_created_at ON kept_answers (created_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
