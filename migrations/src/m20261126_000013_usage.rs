//! Usage ordered by time, totals with the endpoint, and usage by day.

use sea_orm_migration::prelude::*;

use crate::dialect::{execute, is_postgres};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Written by hand, as the tables before: the primary key has nearly all columns.
const TABLES: [&str; 5] = [
    // By hour first: new rows are together at the end, and old ones at the beginning. Without a
    // reference to the key, so that the counts of deleted keys stay, and environment keys can be counted.
    "CREATE TABLE usage_hours_by_time (
        hour bigint NOT NULL,
        key_id varchar NOT NULL,
        endpoint_name varchar NOT NULL,
        code varchar NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (hour, key_id, endpoint_name, code)
    ) WITHOUT ROWID",
    "INSERT INTO usage_hours_by_time SELECT hour, key_id, endpoint_name, code, count FROM usage_hours",
    // Complete days, the sums of their hours. `day` is a Unix time in days.
    "CREATE TABLE usage_days (
        day bigint NOT NULL,
        key_id varchar NOT NULL,
        endpoint_name varchar NOT NULL,
        code varchar NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (day, key_id, endpoint_name, code)
    ) WITHOUT ROWID",
    // The environment is empty where the token was unknown.
    "CREATE TABLE usage_totals_by_endpoint (
        environment_id varchar NOT NULL,
        hour bigint NOT NULL,
        endpoint_name varchar NOT NULL,
        code varchar NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (environment_id, hour, endpoint_name, code)
    ) WITHOUT ROWID",
    "INSERT INTO usage_totals_by_endpoint
        SELECT api_keys.environment_id, hour, endpoint_name, code, sum(count)
        FROM usage_hours JOIN api_keys ON api_keys.id = usage_hours.key_id
        GROUP BY 1, 2, 3, 4",
];

/// The rest of the old totals (of deleted keys and environment keys) belongs to no known endpoint.
const REST: &str = "INSERT INTO usage_totals_by_endpoint
        SELECT environment_id, hour, '', code, rest FROM (
            SELECT totals.environment_id, totals.hour, totals.code, totals.count - COALESCE((
                SELECT sum(count) FROM usage_totals_by_endpoint AS known
                WHERE known.environment_id = totals.environment_id AND known.hour = totals.hour
                    AND known.code = totals.code
            ), 0) AS rest FROM usage_totals AS totals
        ) WHERE rest > 0
        ON CONFLICT DO UPDATE SET count = usage_totals_by_endpoint.count + excluded.count";

const NEW_NAMES: [&str; 5] = [
    "DROP TABLE usage_hours",
    "DROP TABLE usage_totals",
    "ALTER TABLE usage_hours_by_time RENAME TO usage_hours",
    "ALTER TABLE usage_totals_by_endpoint RENAME TO usage_totals",
    // The last day that was summed up.
    "CREATE TABLE usage_progress (id integer PRIMARY KEY CHECK (id = 1), last_day bigint NOT NULL)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &TABLES).await?;
        // No PostgreSQL database has old totals: this migration is older than the support for it.
        if !is_postgres(manager) {
            execute(manager, &[REST]).await?;
        }
        execute(manager, &NEW_NAMES).await
    }
}
