//! Tests of the backend with a real database. All files make one program, since linking each further program costs minutes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod audit;
mod backup;
mod bulk;
mod common;
mod customers;
mod database_rules;
mod editing;
mod endpoints;
mod environments;
mod falling_out;
mod home;
mod import;
mod invitations;
mod key_fields;
mod key_list;
mod life_of_a_key;
mod limits;
mod limits_over_nodes;
mod master_key;
mod names;
mod nodes;
mod own_password;
mod pages;
mod people;
mod postgres;
mod profiles;
mod program_requests;
mod proof;
mod provisioning;
mod receipts;
mod refusals;
mod rolling_upgrade;
mod rotation;
mod second_factor;
mod service_accounts;
mod sessions;
mod several_nodes;
mod sqlite_file;
mod token_hashes;
mod upgrade;
mod usage;
mod usage_report;
mod usage_retention;
