//! The key under which the tokens of keys and service accounts are hashed. The hashes themselves are replaced by the first process
//! that opens the database, since they need the master key.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("token_hash_key")
                    // There is one row, whose ID is 1.
                    .col(big_integer("id").primary_key())
                    // The key, under the master key.
                    .col(binary("sealed"))
                    .to_owned(),
            )
            .await
    }
}
