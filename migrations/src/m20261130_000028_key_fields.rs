//! What keys are for: description, tags, and where they live.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 6] = [
    "ALTER TABLE api_keys ADD COLUMN description varchar NOT NULL DEFAULT ''",
    // The tags with a space between them, for everything that reads a key.
    "ALTER TABLE api_keys ADD COLUMN tags varchar NOT NULL DEFAULT ''",
    "ALTER TABLE api_keys ADD COLUMN location varchar NOT NULL DEFAULT ''",
    // The same tags, a row each, for those who look for the keys of a tag. A key that an older version deletes takes its rows
    // along.
    "CREATE TABLE api_key_tags (
        tag varchar NOT NULL,
        key_id varchar NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        PRIMARY KEY (tag, key_id)
    ) WITHOUT ROWID",
    "CREATE INDEX api_key_tags_key ON api_key_tags (key_id)",
    // Few people are disabled.
    "CREATE INDEX users_disabled ON users (disabled_at) WHERE disabled_at IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
