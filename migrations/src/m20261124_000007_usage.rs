//! Counts of uses by hour.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Written by hand: the primary key has nearly all columns, so without ROWID a second copy of them is saved.
        let tables = [
            // `hour` is a Unix time in hours; `endpoint_name` is empty where the request belonged to none.
            "CREATE TABLE usage_hours (
                key_id varchar NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
                hour bigint NOT NULL,
                endpoint_name varchar NOT NULL,
                code varchar NOT NULL,
                count bigint NOT NULL,
                PRIMARY KEY (key_id, hour, endpoint_name, code)
            ) WITHOUT ROWID",
            "CREATE TABLE usage_totals (
                environment_id varchar NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
                hour bigint NOT NULL,
                code varchar NOT NULL,
                count bigint NOT NULL,
                PRIMARY KEY (environment_id, hour, code)
            ) WITHOUT ROWID",
            // The endpoints for which a key has ever been allowed.
            "CREATE TABLE api_key_endpoint_uses (
                key_id varchar NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
                endpoint_name varchar NOT NULL,
                last_used_at bigint NOT NULL,
                PRIMARY KEY (key_id, endpoint_name)
            ) WITHOUT ROWID",
        ];
        execute(manager, &tables).await
    }
}
