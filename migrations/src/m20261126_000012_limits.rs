//! Rate limits and allowed addresses of keys.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            // Requests that a node allows in each of these windows.
            "limit_second bigint",
            "limit_minute bigint",
            "limit_day bigint",
            // Networks in CIDR notation, separated by spaces. NULL allows every address.
            "allowed_addresses varchar",
        ] {
            manager
                .get_connection()
                .execute_unprepared(&format!("ALTER TABLE api_keys ADD COLUMN {column}"))
                .await?;
        }
        Ok(())
    }
}
