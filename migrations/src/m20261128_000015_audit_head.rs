//! The head holds the ID of its instance. From this migration on, its MAC covers that ID and the last change number. The process that applies
//! the migration signs an intact head again, in the same transaction (`backend::store::chain::sign_head_at_upgrade`).

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("head")
                    .add_column(string("instance").default(""))
                    .to_owned(),
            )
            .await
    }
}
