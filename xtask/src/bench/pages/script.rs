//! Runs the script that drives Chromium.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::bench::server::Server;
use crate::command::output_of;

/// Measures one part on this server, as the person who is logged in, and returns what the script prints.
pub(super) fn run(root: &Path, part: &str, server: &Server) -> Result<Value> {
    let folder = root.join("end2end/bench");
    let printed = output_of(
        Command::new("node")
            .arg("pages.js")
            .arg(part)
            .current_dir(folder)
            .env("LATCHKEY_BENCH_URL", &server.running.url)
            .env("LATCHKEY_BENCH_COOKIES", server.cookies()),
    )?;
    serde_json::from_str(&printed).with_context(|| format!("pages.js did not print JSON: {printed}"))
}
