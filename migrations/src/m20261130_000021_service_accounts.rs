//! Service accounts, their tokens, and the environments to which they are kept.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Times are Unix milliseconds.
const STATEMENTS: [&str; 8] = [
    "CREATE TABLE service_accounts (
        id varchar NOT NULL PRIMARY KEY,
        name varchar NOT NULL,
        role varchar NOT NULL,
        -- Whether it is kept to no environments.
        all_environments boolean NOT NULL,
        created_at bigint NOT NULL,
        -- NULL where the command line created it.
        created_by varchar REFERENCES users (id) ON DELETE SET NULL,
        disabled_at bigint,
        -- The row of a deleted one stays, for the names of those who created keys.
        deleted_at bigint
    )",
    "CREATE INDEX service_accounts_list ON service_accounts (lower(name), id) WHERE deleted_at IS NULL",
    "CREATE TABLE service_account_environments (
        service_account_id varchar NOT NULL REFERENCES service_accounts (id) ON DELETE CASCADE,
        environment_id varchar NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        PRIMARY KEY (service_account_id, environment_id)
    )",
    "CREATE TABLE service_tokens (
        id varchar NOT NULL PRIMARY KEY,
        service_account_id varchar NOT NULL REFERENCES service_accounts (id) ON DELETE CASCADE,
        token_hash blob NOT NULL,
        last_four varchar NOT NULL,
        -- Networks separated by spaces; NULL for every address.
        allowed_addresses varchar,
        created_at bigint NOT NULL,
        expires_at bigint,
        last_used_at bigint,
        last_used_from varchar
    )",
    "CREATE UNIQUE INDEX service_tokens_hash ON service_tokens (token_hash)",
    "CREATE INDEX service_tokens_account ON service_tokens (service_account_id, created_at)",
    // Without a reference, which would be a new rule for a table of older versions.
    "ALTER TABLE api_keys ADD COLUMN created_by_service varchar",
    "CREATE INDEX api_keys_created_by_service ON api_keys (created_by_service)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
