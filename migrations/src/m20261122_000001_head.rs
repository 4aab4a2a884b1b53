//! The tables of every mutation: the head (one row, also the lock), the change log and the audit log. And the nodes that read them.

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
                    .table("head")
                    .col(integer("id").primary_key())
                    .col(big_integer("change_number"))
                    .col(big_integer("audit_number"))
                    .col(binary("audit_mac"))
                    // Keyed, so that only the holder of the master key can set the end of the chain.
                    .col(binary("audit_head_mac"))
                    // Detects a wrong master key before anything is read or written with it.
                    .col(string("master_key_check"))
                    .check(Expr::col("id").eq(1))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("change_log")
                    .col(big_integer("number").primary_key())
                    .col(string("subject"))
                    .col(string("subject_id"))
                    .col(big_integer("at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_events")
                    .col(big_integer("number").primary_key())
                    .col(big_integer("at"))
                    .col(string("actor_kind"))
                    .col(string_null("actor_id"))
                    .col(string("actor_name"))
                    .col(string_null("address"))
                    .col(string("action"))
                    .col(string_null("subject_id"))
                    .col(string_null("subject_name"))
                    .col(text("details"))
                    .col(binary("mac"))
                    .to_owned(),
            )
            .await?;
        // REPLACE deletes a row without firing the trigger for DELETE, so an existing number is refused, too.
        let taken = "EXISTS (SELECT 1 FROM audit_events WHERE number = NEW.number)";
        let message = "the audit log is only ever added to";
        refuse(
            manager,
            "audit_events_no_replace",
            "INSERT",
            "audit_events",
            Some(taken),
            message,
        )
        .await?;
        for event in ["UPDATE", "DELETE"] {
            let name = format!("audit_events_no_{}", event.to_lowercase());
            refuse(
                manager,
                &name,
                event,
                "audit_events",
                None,
                "the audit log is only ever added to",
            )
            .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("nodes")
                    .col(string("instance_id").primary_key())
                    .col(string("name"))
                    .col(big_integer("started_at"))
                    .col(big_integer("heartbeat_at"))
                    .col(big_integer("applied_number"))
                    .to_owned(),
            )
            .await
    }
}
