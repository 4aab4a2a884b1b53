//! Environment keys, and the keys that check older audit events after a change of the master key.

use sea_orm_migration::{prelude::*, schema::*};

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Written by hand for its check: the current token of an environment is sealed and has no end. A token that a
        // rotation has replaced is stored only as its hash, and has an end.
        let table = "CREATE TABLE environment_keys (
                token_hash blob NOT NULL PRIMARY KEY,
                key_id varchar NOT NULL,
                environment_id varchar NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
                last_four varchar NOT NULL,
                sealed blob,
                created_at bigint NOT NULL,
                ends_at bigint,
                last_used_at bigint,
                last_used_from varchar,
                CHECK ((ends_at IS NULL) = (sealed IS NOT NULL))
            )";
        // Exactly one current token per environment.
        let current =
            "CREATE UNIQUE INDEX environment_keys_current ON environment_keys (environment_id) WHERE ends_at IS NULL";
        execute(manager, &[table, current]).await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_chain_keys")
                    // The last event that was chained with these keys.
                    .col(big_integer("until_number").primary_key())
                    .col(binary("sealed"))
                    .to_owned(),
            )
            .await
    }
}
