//! API keys and their endpoints, which never change after creation.

use sea_orm_migration::{prelude::*, schema::*};

use crate::triggers::refuse;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager).await?;
        create_indexes(manager).await?;
        seal_endpoints(manager).await
    }
}

async fn create_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("api_keys")
                .col(string("id").primary_key())
                .col(string("name"))
                // For the search by prefix, in any case.
                .col(string("name_lower"))
                .col(string("environment_id"))
                .col(string_null("created_by"))
                .col(binary("token_hash"))
                .col(string("token_last_four"))
                .col(string("state"))
                .col(string_null("failed_reason"))
                .col(boolean("all_endpoints"))
                .col(big_integer("created_at"))
                // The change that created the key: nodes that have applied it have the key.
                .col(big_integer("created_change"))
                // The browser's clock minus the server's at creation, in milliseconds.
                .col(big_integer_null("browser_skew"))
                .col(big_integer_null("expires_at"))
                .col(big_integer_null("last_used_at"))
                .foreign_key(
                    ForeignKey::create()
                        .from("api_keys", "environment_id")
                        .to("environments", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("api_keys", "created_by")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::SetNull),
                )
                .to_owned(),
        )
        .await?;
    // Written by hand: the grants of a key are stored before the key, so their reference has to be checked at commit.
    // The schema builder cannot express that.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE TABLE api_key_endpoints (
                key_id varchar NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                endpoint_name varchar NOT NULL REFERENCES endpoints (name),
                PRIMARY KEY (key_id, endpoint_name)
            )",
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("form_receipts")
                .col(string("form_id").primary_key())
                .col(string("key_id"))
                .col(string("key_name"))
                .col(big_integer("at"))
                .to_owned(),
        )
        .await
}

async fn create_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let index = |name: &str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table("api_keys");
        for &column in columns {
            index.col(column);
        }
        index
    };
    manager
        .create_index(index("api_keys_token_hash", &["token_hash"]).unique().to_owned())
        .await?;
    manager
        .create_index(index("api_keys_created", &["created_at", "id"]))
        .await?;
    manager
        .create_index(index("api_keys_environment", &["environment_id", "created_at", "id"]))
        .await?;
    manager
        .create_index(index("api_keys_state", &["state", "created_at", "id"]))
        .await?;
    manager.create_index(index("api_keys_name", &["name_lower"])).await?;
    manager
        .create_index(index("api_keys_last_four", &["token_last_four"]))
        .await?;
    manager
        .create_index(
            Index::create()
                .name("api_key_endpoints_name")
                .table("api_key_endpoints")
                .col("endpoint_name")
                .to_owned(),
        )
        .await
}

/// While a key exists, its endpoints cannot be added, removed or changed. Its grants are stored before it
/// and go after it.
async fn seal_endpoints(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const SEALED: &str = "the endpoints of a key never change";
    let exists = |row: &str| format!("EXISTS (SELECT 1 FROM api_keys WHERE id = {row}.key_id)");
    let table = "api_key_endpoints";
    refuse(
        manager,
        "api_key_endpoints_no_insert",
        "INSERT",
        table,
        Some(&exists("NEW")),
        SEALED,
    )
    .await?;
    refuse(manager, "api_key_endpoints_no_update", "UPDATE", table, None, SEALED).await?;
    refuse(
        manager,
        "api_key_endpoints_no_delete",
        "DELETE",
        table,
        Some(&exists("OLD")),
        SEALED,
    )
    .await?;
    refuse(
        manager,
        "api_keys_endpoints_sealed",
        "UPDATE OF all_endpoints",
        "api_keys",
        None,
        SEALED,
    )
    .await?;
    // REPLACE deletes the old row without its triggers.
    let taken = "EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.id)";
    refuse(
        manager,
        "api_keys_no_replace",
        "INSERT",
        "api_keys",
        Some(taken),
        SEALED,
    )
    .await?;
    refuse(
        manager,
        "api_keys_id_sealed",
        "UPDATE OF id",
        "api_keys",
        None,
        "a key ID never changes",
    )
    .await
}
