//! How the world reaches Latchkey: the command line, and the HTTP server that it starts.

pub mod cli;
pub mod config;
pub mod http;
mod telemetry;
