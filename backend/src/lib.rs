//! What the server knows and does: one folder per subject, one [`Backend`] that holds them together.

pub mod accounts;
pub mod audit;
mod authority;
mod backend;
mod backup;
pub mod clock;
pub mod cluster;
pub mod crypto;
mod database;
pub mod endpoints;
mod entity;
pub mod environments;
pub mod error;
pub mod keys;
mod padded;
mod page;
pub mod private_file;
pub mod profiles;
#[cfg(test)]
mod query_plan;
mod search;
mod seed;
mod suggest;
mod usage;
pub mod verifier;
mod write;

pub use backend::{Backend, Options, Settings};
pub use database::{Applied, Location};
pub use error::{Error, Result};
pub use usage::UsageExport;
