//! What the server knows and does: one folder per subject, with its service. All services use one store; `services`
//! composes them.

pub mod accounts;
mod actor;
pub mod audit;
mod backup;
mod change_request;
pub mod clock;
pub mod cluster;
pub mod crypto;
pub mod customers;
pub mod endpoints;
pub mod environments;
pub mod error;
mod finder;
#[cfg(test)]
mod folders;
mod history;
pub mod home;
pub mod keys;
#[cfg(test)]
mod permissions;
pub mod private_file;
pub mod profiles;
pub mod receipts;
mod rekey;
pub mod service_accounts;
mod services;
mod settings;
mod store;
mod suggest;
pub mod usage;
pub mod verifier;

pub use actor::{Actor, ActorKind};
pub use backup::Backups;
pub use change_request::{ChangeRequest, Condition, IdempotencyKey, KeptAnswer, Made};
pub use error::{Error, Result};
pub use finder::Finder;
pub use services::Services;
pub use settings::{HashingCost, Settings};
pub use store::{Applied, DatabaseUrl, Location, Options};
pub use suggest::Suggestions;
pub use usage::UsageExport;
