//! Asks the management API at random, by its own description, with schemathesis: no answer may be an error of the server, and none may
//! differ from the description.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::bench::server::Data;
use crate::command::run;
use crate::setup::pip;

const WHAT_FOR: &str = "ask the management API at random";
/// Fewer than a service account may send, so that no request is refused for its number.
const RATE_LIMIT: &str = "90/s";
/// The whole run makes the same requests each time, as far as the server's own random IDs permit.
const DETERMINISTIC: &str = "--generation-deterministic";
/// The most requests that are generated for an operation in one phase of the whole run.
const FEW: &str = "25";
/// The most where only the management API is asked, and the fewest requests that this makes in all.
const MANY: &str = "120";
const MANY_IN_ALL: u64 = 5_000;

/// How long the server is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent<'a> {
    /// As a part of the whole run: some minutes at the most, with the same requests each time.
    Short,
    /// With at least [`MANY_IN_ALL`] requests, others each time, unless these arguments for schemathesis say otherwise.
    Full(&'a [String]),
}

/// Asks a server with a database of its own.
pub(crate) fn check(root: &Path, program: &Path, extent: Extent<'_>) -> Result<()> {
    let folder = install(root)?;
    let data = Data::new(program)?;
    let token_file = data.file("token");
    let output = token_file
        .to_str()
        .context("the temporary folder has a name that is no text")?;
    data.run(&[
        "service-account",
        "create",
        "--name",
        "schemathesis",
        "--role",
        "admin",
        "--output",
        output,
    ])?;
    let token = fs::read_to_string(&token_file).context("the token cannot be read")?;
    let report = data.file("report.json");
    let (most, arguments, fewest): (_, &[String], _) = match extent {
        Extent::Short => (FEW, &[], 1),
        Extent::Full([]) => (MANY, &[], MANY_IN_ALL),
        Extent::Full(arguments) => (MANY, arguments, 1),
    };
    let choice: &[&str] = match extent {
        Extent::Short => &[DETERMINISTIC],
        Extent::Full(_) => &[],
    };
    let server = data.serve()?;
    run(Command::new(pip::python(WHAT_FOR)?)
        .arg(folder.join("bin/schemathesis"))
        .arg("--config-file")
        .arg(root.join("end2end/schemathesis.toml"))
        .args(["run", "--rate-limit", RATE_LIMIT])
        .args(["--warnings", "off", "--suppress-health-check", "all"])
        .args(["--max-examples", most, "--report", "json", "--report-json-path"])
        .arg(&report)
        .args(choice)
        .args(arguments)
        .arg(format!("{}/manage/v1/openapi.json", server.running.url))
        .current_dir(server.folder())
        .env("PYTHONPATH", &folder)
        .env("LATCHKEY_SERVICE_TOKEN", token.trim()))?;
    let requests = count_requests(&report)?;
    ensure!(
        requests >= fewest,
        "schemathesis made only {requests} requests, {fewest} are needed"
    );
    Ok(())
}

/// The number of requests that a report of schemathesis tells of.
fn count_requests(report: &Path) -> Result<u64> {
    let text = fs::read_to_string(report).context("the report of schemathesis cannot be read")?;
    let report: Value = serde_json::from_str(&text).context("the report of schemathesis is no JSON")?;
    report["test_cases"]["generated"]
        .as_u64()
        .context("the report of schemathesis does not count its requests")
}

fn install(root: &Path) -> Result<PathBuf> {
    pip::ensure_list(&root.join("end2end/schemathesis.txt"), "schemathesis", WHAT_FOR)
}
