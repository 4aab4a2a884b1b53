//! The head says which database it is of. Its MAC covers that and the last change number from here on: whoever applies
//! this change signs a head that was sound once more, in the same transaction (`backend::audit::bind_head`).

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
