//! Receipts: signed proofs of changes. Each change names its audit event, which tells a receipt who changed what.
//! Nodes store when they last said VALID for a key that a change made them refuse.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("change_log")
                    // NULL for the changes before this migration.
                    .add_column(big_integer_null("audit_number"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("change_log_audit_number")
                    .table("change_log")
                    .col("audit_number")
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table("nodes")
                    // Whether the node stored all uses before it stopped.
                    .add_column(boolean("uses_stored").default(false))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("signing_keys")
                    .col(string("kid").primary_key())
                    .col(binary("public_key"))
                    // The private key, under the master key. NULL once the key is retired.
                    .col(binary_null("sealed"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("retired_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("last_valid_uses")
                    .col(big_integer("change_number"))
                    // The node that said VALID. Empty for what the database knew when the change was made.
                    .col(string("node_id"))
                    .col(big_integer("at"))
                    .col(big_integer("stored_at"))
                    .primary_key(Index::create().col("change_number").col("node_id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("last_valid_uses_stored_at")
                    .table("last_valid_uses")
                    .col("stored_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("receipts")
                    .col(big_integer("change_number").primary_key())
                    .col(text("jws"))
                    .col(big_integer("issued_at"))
                    .to_owned(),
            )
            .await
    }
}
