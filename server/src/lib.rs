//! The command line and the HTTP server.

pub mod cli;
pub mod config;
pub mod http;
mod telemetry;
