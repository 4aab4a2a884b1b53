//! Environments and endpoints.

use sea_orm_migration::{prelude::*, schema::*};

use crate::triggers::refuse;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("environments")
                    .col(string("id").primary_key())
                    .col(string_uniq("name"))
                    .col(string("kind"))
                    .col(boolean("hidden"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("endpoints")
                    .col(string("name").primary_key())
                    .col(string("title"))
                    .col(integer("position"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("retired_at"))
                    .to_owned(),
            )
            .await?;
        // Written by hand: patterns are stored before their endpoint, so the reference has to be checked at commit. The
        // schema builder cannot express that.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE TABLE endpoint_patterns (
                    endpoint_name varchar NOT NULL REFERENCES endpoints (name) DEFERRABLE INITIALLY DEFERRED,
                    position integer NOT NULL,
                    method varchar NOT NULL,
                    path varchar NOT NULL,
                    PRIMARY KEY (endpoint_name, position)
                )",
            )
            .await?;
        // A wider pattern would let existing keys call more.
        let table = "endpoint_patterns";
        let message = "the patterns of an endpoint never change";
        let exists = "EXISTS (SELECT 1 FROM endpoints WHERE name = NEW.endpoint_name)";
        refuse(
            manager,
            "endpoint_patterns_no_insert",
            "INSERT",
            table,
            Some(exists),
            message,
        )
        .await?;
        refuse(manager, "endpoint_patterns_no_update", "UPDATE", table, None, message).await?;
        refuse(manager, "endpoint_patterns_no_delete", "DELETE", table, None, message).await?;
        Ok(())
    }
}
