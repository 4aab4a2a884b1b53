//! The schema of a next version, as the rule for migrations allows it.

use migrations::{BREAKS_OLDER_VERSIONS, Migrator};
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// A next version, which adds to each table that nodes read or write all the time.
pub(super) struct NextVersion;

/// A next version that older ones do not survive.
pub(super) struct BreakingVersion;

struct Addition;

struct Break;

/// Columns with and without a value in the rows of older versions, in front of the eyes of every statement of a node.
const STATEMENTS: [&str; 14] = [
    "ALTER TABLE head ADD COLUMN epoch bigint NOT NULL DEFAULT 0",
    "ALTER TABLE api_keys ADD COLUMN team_id varchar",
    "ALTER TABLE api_keys ADD COLUMN weight bigint NOT NULL DEFAULT 1",
    "ALTER TABLE api_key_endpoints ADD COLUMN note varchar",
    "ALTER TABLE nodes ADD COLUMN region varchar NOT NULL DEFAULT ''",
    "ALTER TABLE node_acknowledgements ADD COLUMN note varchar",
    "ALTER TABLE change_log ADD COLUMN note varchar",
    "ALTER TABLE audit_events ADD COLUMN note varchar",
    "ALTER TABLE usage_hours ADD COLUMN note varchar",
    "ALTER TABLE users ADD COLUMN language varchar NOT NULL DEFAULT 'en'",
    "ALTER TABLE sessions ADD COLUMN language varchar",
    "CREATE TABLE teams (id varchar NOT NULL PRIMARY KEY, name varchar NOT NULL)",
    "CREATE INDEX api_keys_team ON api_keys (team_id, id)",
    "CREATE INDEX nodes_region ON nodes (region, heartbeat_at)",
];

/// What a node does with the new text columns of a PostgreSQL database.
const BYTE_ORDER: [&str; 3] = [
    "ALTER TABLE api_keys ALTER COLUMN team_id TYPE varchar COLLATE \"C\"",
    "ALTER TABLE nodes ALTER COLUMN region TYPE varchar COLLATE \"C\"",
    "ALTER TABLE users ALTER COLUMN language TYPE varchar COLLATE \"C\"",
];

impl MigratorTrait for NextVersion {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = Migrator::migrations();
        all.push(Box::new(Addition));
        all
    }
}

impl MigratorTrait for BreakingVersion {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = NextVersion::migrations();
        all.push(Box::new(Break));
        all
    }
}

impl MigrationName for Addition {
    fn name(&self) -> &'static str {
        "m29990101_000001_teams"
    }
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Addition {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let byte_order = match manager.get_database_backend() {
            DbBackend::Postgres => &BYTE_ORDER[..],
            _ => &[],
        };
        for statement in STATEMENTS.iter().chain(byte_order) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

impl MigrationName for Break {
    fn name(&self) -> &'static str {
        "m29990102_000002_one_name_breaks_older_versions"
    }
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Break {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        assert!(self.name().ends_with(BREAKS_OLDER_VERSIONS));
        let statement = "ALTER TABLE api_keys RENAME COLUMN name_lower TO folded_name";
        manager.get_connection().execute_unprepared(statement).await?;
        Ok(())
    }
}
