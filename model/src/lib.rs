//! What a key *is*: the types and rules that the browser and the server share. No I/O, no clock, no randomness.

pub mod account;
pub mod edit_form;
pub mod end_date;
pub mod endpoint;
pub mod environment;
pub mod form;
pub mod id;
pub mod key;
pub mod key_form;
pub mod key_list;
pub mod key_page;
pub mod life;
pub mod path;
pub mod problem;
pub mod profile;
pub mod profile_form;
pub mod progress;
pub mod role;
pub mod rotate_form;
pub mod status;
pub mod time;
pub mod token;
pub mod verify;
