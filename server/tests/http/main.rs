//! Tests of the HTTP server as browsers and gateways use it, with the real router and a real database. There is a folder for each
//! route, and in it a file for each status.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod access;
mod api;
mod audit;
mod audit_export;
mod bounds;
mod changes_receipt;
mod common;
mod customers_delete;
mod customers_edit;
mod customers_export;
mod customers_import;
mod customers_new;
mod customers_resume;
mod customers_suspend;
mod endpoints;
mod environment;
mod environments;
mod events;
mod find;
mod healthz;
mod home;
mod invite;
mod keys_delete;
mod keys_disable;
mod keys_edit;
mod keys_enable;
mod keys_end_old_token;
mod keys_explain;
mod keys_id;
mod keys_new;
mod keys_rotate;
mod listener;
mod login;
mod login_code;
mod logout;
mod manage;
mod manage_customers;
mod manage_customers_import;
mod manage_keys;
mod manage_keys_import;
mod manage_others;
mod metrics;
mod outage;
mod pages;
mod preferences;
mod process;
mod profiles_delete;
mod profiles_edit;
mod profiles_new;
mod readyz;
mod reference;
mod reset;
mod setup;
mod usage;
mod usage_export;
mod v1_authorize;
mod v1_keys_verify;
mod v1_paths;
mod v1_unknown;
mod v1_without_router;
mod well_known_jwks;
