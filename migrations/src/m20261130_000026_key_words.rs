//! The words of the names of keys, for the search.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The words of existing keys are added by the server, as are those of keys that older versions write: both are keys whose
/// `indexed_name` is not their name.
const STATEMENTS: [&str; 4] = [
    "CREATE TABLE api_key_words (
        -- In small letters.
        word varchar NOT NULL,
        -- Of the key, so that the keys with a word can be read newest first.
        created_at bigint NOT NULL,
        key_id varchar NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        PRIMARY KEY (word, created_at, key_id)
    ) WITHOUT ROWID",
    "CREATE INDEX api_key_words_key ON api_key_words (key_id, word)",
    // The value of `name_lower` whose words are stored.
    "ALTER TABLE api_keys ADD COLUMN indexed_name varchar",
    "CREATE INDEX api_keys_unindexed ON api_keys (id) WHERE COALESCE(indexed_name, '') <> name_lower",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
