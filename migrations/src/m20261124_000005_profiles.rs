//! Bias profiles and their versions, which never change.

use sea_orm_migration::{prelude::*, schema::*};

use crate::triggers::refuse;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SEALED: &str = "a version of a bias profile never changes";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("profiles")
                    .col(string("id").primary_key())
                    // Two names that differ only in case would look like one name to people.
                    .col(string_uniq("name_lower"))
                    .col(big_integer("version"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("profile_versions")
                    .col(string("profile_id"))
                    .col(big_integer("number"))
                    .col(string("name"))
                    .col(text("description"))
                    // JSON: the settings of every category.
                    .col(text("settings"))
                    .col(string("author"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().col("profile_id").col("number"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("profile_versions", "profile_id")
                            .to("profiles", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        let table = "profile_versions";
        let taken = "EXISTS (SELECT 1 FROM profile_versions WHERE profile_id = NEW.profile_id AND number = NEW.number)";
        refuse(
            manager,
            "profile_versions_no_replace",
            "INSERT",
            table,
            Some(taken),
            SEALED,
        )
        .await?;
        refuse(manager, "profile_versions_no_update", "UPDATE", table, None, SEALED).await?;
        let exists = "EXISTS (SELECT 1 FROM profiles WHERE id = OLD.profile_id)";
        refuse(
            manager,
            "profile_versions_no_delete",
            "DELETE",
            table,
            Some(exists),
            SEALED,
        )
        .await?;
        // Written by hand: the schema builder cannot add a reference to an existing table. Without ON DELETE the database
        // refuses to delete a bias profile that a key uses.
        let db = manager.get_connection();
        db.execute_unprepared("ALTER TABLE api_keys ADD COLUMN profile_id varchar REFERENCES profiles (id)")
            .await?;
        db.execute_unprepared("CREATE INDEX api_keys_profile ON api_keys (profile_id, id)")
            .await?;
        Ok(())
    }
}
