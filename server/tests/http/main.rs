//! Latchkey as browsers and gateways meet it: a folder a route, a file a status. The real router, a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod common;
mod healthz;
mod keys_delete;
mod keys_disable;
mod keys_enable;
mod keys_new;
mod login;
mod logout;
mod pages;
mod readyz;
mod reset;
mod setup;
mod v1_authorize;
mod v1_keys_verify;
mod v1_unknown;
