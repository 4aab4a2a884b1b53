//! By what nodes tell each other which requests of a key they have refused last.

use sea_orm_migration::prelude::*;

use crate::dialect::execute;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 4] = [
    // A row for each key about which somebody has asked in the last minute.
    "CREATE TABLE refused_request_questions (
        key_id varchar PRIMARY KEY,
        asked_at bigint NOT NULL
    )",
    "CREATE INDEX refused_request_questions_asked ON refused_request_questions (asked_at)",
    // A row for each such key and each node that has answered. It is a copy of what the node has in memory.
    "CREATE TABLE refused_request_answers (
        key_id varchar NOT NULL,
        instance_id varchar NOT NULL,
        -- The question that it answers.
        asked_at bigint NOT NULL,
        answered_at bigint NOT NULL,
        -- A JSON list, whose length and texts are bounded.
        requests text NOT NULL,
        PRIMARY KEY (key_id, instance_id)
    )",
    "CREATE INDEX refused_request_answers_answered ON refused_request_answers (answered_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &STATEMENTS).await
    }
}
