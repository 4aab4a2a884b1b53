//! Indexes for a customer's keys in the order of their creation, and for suspended customers by name.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [&str; 2] = [
    "CREATE INDEX api_keys_customer_created ON api_keys (customer_id, created_at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX customers_suspended ON customers (name_lower, id) WHERE suspended_at IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
