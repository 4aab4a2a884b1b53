//! An index for every order and every filter of the list of keys.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Written by hand: the schema builder indexes no expressions.
const STATEMENTS: [&str; 9] = [
    "DROP INDEX api_keys_name",
    // With the time, so that matches can be sorted without reading the keys.
    "CREATE INDEX api_keys_name ON api_keys (name_lower, id, created_at)",
    // A key without an end date comes last. A key that was never used comes first.
    "CREATE INDEX api_keys_end ON api_keys (COALESCE(expires_at, 9223372036854775807), id)",
    "CREATE INDEX api_keys_use ON api_keys (COALESCE(last_used_at, 0), id)",
    "CREATE INDEX api_keys_idle ON api_keys (state, idle_since)",
    "CREATE INDEX api_keys_rotated ON api_keys (state, rotated_at)",
    "CREATE INDEX api_keys_spare ON api_keys (state, (granted_endpoints - used_endpoints))",
    // A person's own keys.
    "CREATE INDEX api_keys_creator ON api_keys (created_by, id)",
    "CREATE INDEX api_keys_all_endpoints ON api_keys (all_endpoints, state, used_endpoints)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
