//! Columns for the timeline, rotation and last use of a key.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of `api_keys`. Times are Unix milliseconds.
const COLUMNS: [&str; 10] = [
    // Provisioning: the database's clock minus the server's when they were compared; when it ended, and how many nodes had
    // the key then.
    "database_skew bigint",
    "settled_at bigint",
    "settled_nodes bigint",
    // The current token: when it was created, by which change, and when it was last used.
    "rotated_at bigint NOT NULL DEFAULT 0",
    "token_change bigint NOT NULL DEFAULT 0",
    "token_used_at bigint",
    "last_used_from varchar",
    // The last use, or the creation if there was none. It shows how long a key has been idle.
    "idle_since bigint NOT NULL DEFAULT 0",
    // The number of granted endpoints (0 for all), and how many of them the key has ever used.
    "granted_endpoints bigint NOT NULL DEFAULT 0",
    "used_endpoints bigint NOT NULL DEFAULT 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for column in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE api_keys ADD COLUMN {column}"))
                .await?;
        }
        db.execute_unprepared(
            "UPDATE api_keys SET
                rotated_at = created_at,
                token_change = created_change,
                token_used_at = last_used_at,
                idle_since = COALESCE(last_used_at, created_at),
                granted_endpoints = (SELECT count(*) FROM api_key_endpoints WHERE key_id = api_keys.id)",
        )
        .await?;
        manager
            .create_table(
                Table::create()
                    .table("old_tokens")
                    .col(binary("token_hash").primary_key())
                    .col(string("key_id"))
                    .col(string("last_four"))
                    .col(big_integer("ends_at"))
                    .col(big_integer_null("last_used_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("old_tokens", "key_id")
                            .to("api_keys", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("old_tokens_key")
                    .table("old_tokens")
                    .col("key_id")
                    .to_owned(),
            )
            .await?;
        // The history of one key.
        manager
            .create_index(
                Index::create()
                    .name("audit_events_subject")
                    .table("audit_events")
                    .col("subject_id")
                    .col("number")
                    .to_owned(),
            )
            .await
    }
}
