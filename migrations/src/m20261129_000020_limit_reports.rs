//! What nodes report to each other about keys with limits.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    // A row for each node and each limited key that it was asked about. The rows mean nothing to a database that was
    // restored.
    "CREATE TABLE limit_reports (
        instance_id varchar NOT NULL,
        key_id varchar NOT NULL,
        -- Counts the reports of the node, so that another reads only what is new.
        round bigint NOT NULL,
        -- Requests that the node has allowed since it started, and those among them since its last report.
        allowed bigint NOT NULL,
        newly_allowed bigint NOT NULL,
        -- Requests per 1,000 s, the refused ones, too, and the milliseconds over which they were counted.
        demand bigint NOT NULL,
        span bigint NOT NULL,
        -- When the bucket of each limit is full again, as far as the node knows; 0 without such a limit.
        second_full_at bigint NOT NULL,
        minute_full_at bigint NOT NULL,
        day_full_at bigint NOT NULL,
        PRIMARY KEY (instance_id, key_id)
    )",
    "CREATE INDEX limit_reports_round ON limit_reports (instance_id, round)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
