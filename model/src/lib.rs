//! What a key *is*: the types and rules that the browser and the server share. No I/O, no clock, no randomness.

pub mod account;
pub mod endpoint;
pub mod environment;
pub mod id;
pub mod key;
pub mod key_form;
pub mod path;
pub mod problem;
pub mod role;
pub mod status;
pub mod time;
pub mod token;
pub mod verify;
