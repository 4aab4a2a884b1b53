//! When each node applied which change. A node's row stays for a while after it stopped, with its version, its stale limit, and the last
//! change in the snapshot that it loaded.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A node of an earlier version inserts rows without these columns.
        for column in [
            string("version").default("").take(),
            big_integer_null("stale_limit"),
            big_integer_null("loaded_number"),
            big_integer_null("stopped_at"),
        ] {
            manager
                .alter_table(Table::alter().table("nodes").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("node_acknowledgements")
                    .col(string("instance_id"))
                    .col(big_integer("number"))
                    .col(big_integer("at"))
                    .primary_key(Index::create().col("instance_id").col("number"))
                    .to_owned(),
            )
            .await
    }
}
