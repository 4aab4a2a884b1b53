//! The log: one line an event, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging. `LATCHKEY_LOG` sets what is logged, in the syntax of `tracing_subscriber`; `info` by default.
pub(crate) fn start() {
    let filter =
        EnvFilter::try_from_env("LATCHKEY_LOG").unwrap_or_else(|_| EnvFilter::new("info,sea_orm_migration=warn"));
    // Whatever is asked for: it logs whole addresses, with one-time links in them.
    let filter = match "tower_http::csrf=debug".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    // Fails only when a test has started one already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
}
