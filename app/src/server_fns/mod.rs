//! What the browser asks the server for: check the permission, call the backend, map the error; nothing else.

#[cfg(feature = "ssr")]
pub mod context;
pub mod frame;
pub mod keys;
pub mod profiles;
