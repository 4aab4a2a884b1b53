//! The screens, each in a file or folder of its own.

pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod console;
pub(crate) mod customers;
mod entry_frame;
pub(crate) mod home;
pub(crate) mod invite;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod not_found;
pub(crate) mod other_person;
#[cfg(feature = "ssr")]
pub mod outage;
pub(crate) mod palette;
pub(crate) mod profiles;
mod question;
pub(crate) mod reference;
pub(crate) mod reset;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod usage;
mod verify_example;

pub(crate) use entry_frame::EntryFrame;
