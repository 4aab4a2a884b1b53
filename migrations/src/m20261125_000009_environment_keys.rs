//! The environments' own keys, and what older audit events are checked with after the master key was changed.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // Written by hand for its check: the current token of an environment is kept sealed and has no end, one that a
        // rotation has replaced is kept only as its hash, and ends.
        db.execute_unprepared(
            "CREATE TABLE environment_keys (
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
            )",
        )
        .await?;
        // Exactly one current token an environment.
        db.execute_unprepared(
            "CREATE UNIQUE INDEX environment_keys_current ON environment_keys (environment_id) WHERE ends_at IS NULL",
        )
        .await?;
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
