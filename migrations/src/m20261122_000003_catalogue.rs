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
        manager
            .create_table(
                Table::create()
                    .table("endpoint_patterns")
                    .col(string("endpoint_name"))
                    .col(integer("position"))
                    .col(string("method"))
                    .col(string("path"))
                    .primary_key(Index::create().col("endpoint_name").col("position"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("endpoint_patterns", "endpoint_name")
                            .to("endpoints", "name"),
                    )
                    .to_owned(),
            )
            .await?;
        // A wider pattern would widen the keys that hold the endpoint.
        for event in ["UPDATE", "DELETE"] {
            let name = format!("endpoint_patterns_no_{}", event.to_lowercase());
            let message = "the patterns of an endpoint never change";
            refuse(manager, &name, event, "endpoint_patterns", None, message).await?;
        }
        Ok(())
    }
}
