//! Customers, whose keys are, and how they use them.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Times are Unix milliseconds, hours are Unix hours.
const STATEMENTS: [&str; 9] = [
    "CREATE TABLE customers (
        id varchar NOT NULL PRIMARY KEY,
        external_id varchar NOT NULL,
        name varchar NOT NULL,
        name_lower varchar NOT NULL,
        -- A JSON object; NULL where it has no fields.
        metadata varchar,
        limit_second bigint,
        limit_minute bigint,
        limit_day bigint,
        -- Grows with each edit.
        version bigint NOT NULL,
        suspended_at bigint,
        created_at bigint NOT NULL,
        -- NULL where the command line created it.
        created_by varchar,
        created_by_service varchar
    )",
    "CREATE UNIQUE INDEX customers_external_id ON customers (external_id)",
    "CREATE INDEX customers_name ON customers (name_lower, id)",
    // Without a reference, which would be a new rule for a table of older versions.
    "ALTER TABLE api_keys ADD COLUMN customer_id varchar",
    // A JSON object; NULL where it has no fields.
    "ALTER TABLE api_keys ADD COLUMN metadata varchar",
    // Most keys of most databases belong to no customer.
    "CREATE INDEX api_keys_customer ON api_keys (customer_id, state, expires_at, environment_id)
        WHERE customer_id IS NOT NULL",
    "CREATE INDEX api_keys_customer_use ON api_keys (customer_id, last_used_at) WHERE customer_id IS NOT NULL",
    // Without references, so that the counts of deleted customers stay.
    "CREATE TABLE customer_usage (
        customer_id varchar NOT NULL,
        -- After some days, all hours of a day are added up to its first one.
        hour bigint NOT NULL,
        environment_id varchar NOT NULL,
        endpoint_name varchar NOT NULL,
        code varchar NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (customer_id, hour, environment_id, endpoint_name, code)
    ) WITHOUT ROWID",
    "CREATE INDEX customer_usage_hour ON customer_usage (hour)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
