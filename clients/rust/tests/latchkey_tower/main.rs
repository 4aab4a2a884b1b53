//! The layer in front of a service, with the real binary behind it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod layer;
mod line;
mod readme;
mod server;
mod verify;
