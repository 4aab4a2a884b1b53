//! The schema, one file a change. A file is never edited after it landed.

// Clippy itself lets wildcards pass in tests, where the expectation would be unfulfilled.
#![cfg_attr(
    not(test),
    expect(
        clippy::wildcard_imports,
        reason = "the words of the schema builder are its language"
    )
)]

use sea_orm_migration::prelude::*;

mod m20261122_000001_head;
mod m20261122_000002_accounts;
mod m20261122_000003_catalogue;
mod m20261122_000004_keys;
mod triggers;

/// All changes, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_head::Migration),
            Box::new(m20261122_000002_accounts::Migration),
            Box::new(m20261122_000003_catalogue::Migration),
            Box::new(m20261122_000004_keys::Migration),
        ]
    }
}
