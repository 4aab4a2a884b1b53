//! Keys whose tokens another system has issued.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["api_keys", "old_tokens"] {
            manager
                .alter_table(
                    Table::alter()
                        .table(table)
                        // Whether another system has issued the token, so that it may have any shape.
                        .add_column(boolean("token_imported").default(false))
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("imported_tokens")
                    // Every token that was ever imported. Rows stay when the key is deleted or rotated, so that the same file
                    // does not bring back a token that was taken away here.
                    .col(binary("token_hash").primary_key())
                    .col(string("key_id"))
                    .col(big_integer("imported_at"))
                    .to_owned(),
            )
            .await
    }
}
