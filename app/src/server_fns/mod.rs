//! What the browser asks the server for: check the permission, call the backend, map the error; nothing else.

pub mod account;
pub mod audit;
#[cfg(feature = "ssr")]
pub mod context;
pub mod endpoints;
pub mod environments;
pub mod frame;
pub mod keys;
pub mod profiles;
pub mod usage;
pub mod users;
