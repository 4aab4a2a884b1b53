//! The layer in front of a service, with the real binary behind it.

mod layer;
mod line;
mod readme;
mod server;
mod verify;
