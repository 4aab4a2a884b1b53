//! The schema, one file per migration. The statements of a migration never change once it is on the main branch.
//!
//! **Migrations only add.** While nodes are upgraded one after the other, those of the version before go on working with the
//! new schema. So a migration adds tables, indexes, and columns that are nullable or have a default, without anything by which
//! a statement of an older version would fail: no new rule for what older versions store. What is to go is first no longer
//! used by one version, and removed by a later one. `backend/tests/it/rolling_upgrade` checks that.
//!
//! A migration that older versions do not survive has a name that ends in [`BREAKS_OLDER_VERSIONS`]. Older versions do not
//! start on its schema, and a newer version does not apply it while nodes run.

// Clippy itself lets wildcards pass in tests, where the expectation would be unfulfilled.
#![cfg_attr(
    not(test),
    expect(
        clippy::wildcard_imports,
        reason = "the words of the schema builder are its language"
    )
)]

use sea_orm_migration::prelude::*;

mod dialect;
mod m20261122_000001_head;
mod m20261122_000002_accounts;
mod m20261122_000003_catalogue;
mod m20261122_000004_keys;
mod m20261124_000005_profiles;
mod m20261124_000006_life_of_a_key;
mod m20261124_000007_usage;
mod m20261124_000008_list_indexes;
mod m20261125_000009_environment_keys;
mod m20261125_000010_people;
mod m20261125_000011_audit_indexes;
mod m20261126_000012_limits;
mod m20261126_000013_usage;
mod m20261126_000014_spare_endpoints;
mod m20261128_000015_audit_head;
mod m20261129_000016_pages;
mod m20261129_000017_throttled_subjects;
mod m20261129_000018_acknowledgements;
mod m20261129_000019_receipts;
mod m20261129_000020_limit_reports;
mod m20261130_000021_service_accounts;
mod m20261130_000022_idempotency;
mod m20261130_000023_keyed_token_hashes_breaks_older_versions;
mod m20261130_000024_customers;
mod m20261130_000025_imported_keys;
mod m20261130_000026_key_words;
mod m20261130_000027_latest_refusals;
mod m20261130_000028_key_fields;
mod m20261130_000029_orders_of_customers;
mod m20261130_000030_refused_requests;
mod triggers;

/// The migration from which on the MAC of the head covers the change number and the instance.
pub const BINDS_HEAD: &str = "m20261128_000015_audit_head";

/// The end of the name of a migration after which older versions do not work. They look for it when they start, so it never
/// changes.
pub const BREAKS_OLDER_VERSIONS: &str = "_breaks_older_versions";

/// The last migration from before the rule that migrations only add.
pub const LAST_WITHOUT_RULE: &str = "m20261129_000020_limit_reports";

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_head::Migration),
            Box::new(m20261122_000002_accounts::Migration),
            Box::new(m20261122_000003_catalogue::Migration),
            Box::new(m20261122_000004_keys::Migration),
            Box::new(m20261124_000005_profiles::Migration),
            Box::new(m20261124_000006_life_of_a_key::Migration),
            Box::new(m20261124_000007_usage::Migration),
            Box::new(m20261124_000008_list_indexes::Migration),
            Box::new(m20261125_000009_environment_keys::Migration),
            Box::new(m20261125_000010_people::Migration),
            Box::new(m20261125_000011_audit_indexes::Migration),
            Box::new(m20261126_000012_limits::Migration),
            Box::new(m20261126_000013_usage::Migration),
            Box::new(m20261126_000014_spare_endpoints::Migration),
            Box::new(m20261128_000015_audit_head::Migration),
            Box::new(m20261129_000016_pages::Migration),
            Box::new(m20261129_000017_throttled_subjects::Migration),
            Box::new(m20261129_000018_acknowledgements::Migration),
            Box::new(m20261129_000019_receipts::Migration),
            Box::new(m20261129_000020_limit_reports::Migration),
            Box::new(m20261130_000021_service_accounts::Migration),
            Box::new(m20261130_000022_idempotency::Migration),
            Box::new(m20261130_000023_keyed_token_hashes_breaks_older_versions::Migration),
            Box::new(m20261130_000024_customers::Migration),
            Box::new(m20261130_000025_imported_keys::Migration),
            Box::new(m20261130_000026_key_words::Migration),
            Box::new(m20261130_000027_latest_refusals::Migration),
            Box::new(m20261130_000028_key_fields::Migration),
            Box::new(m20261130_000029_orders_of_customers::Migration),
            Box::new(m20261130_000030_refused_requests::Migration),
        ]
    }
}
