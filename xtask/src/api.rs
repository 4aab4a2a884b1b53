//! Asks the management API at random, by its own description, with schemathesis: no answer may be an error of the server, and none may
//! differ from the description.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::bench::server::Data;
use crate::command::run;
use crate::setup::pip;

const WHAT_FOR: &str = "ask the management API at random";
/// Fewer than a service account may send, so that no request is refused for its number.
const RATE_LIMIT: &str = "90/s";

/// Asks a server with a database of its own. `arguments` are for schemathesis.
pub(crate) fn check(root: &Path, program: &Path, arguments: &[String]) -> Result<()> {
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
    let reports = data.file("reports");
    let server = data.serve()?;
    run(Command::new(pip::python(WHAT_FOR)?)
        .arg(folder.join("bin/schemathesis"))
        .arg("--config-file")
        .arg(root.join("end2end/schemathesis.toml"))
        .args(["run", "--rate-limit", RATE_LIMIT])
        .args(["--warnings", "off", "--suppress-health-check", "all"])
        .args(arguments)
        .arg("--report-dir")
        .arg(&reports)
        .arg(format!("{}/manage/v1/openapi.json", server.running.url))
        .current_dir(server.folder())
        .env("PYTHONPATH", &folder)
        .env("LATCHKEY_SERVICE_TOKEN", token.trim()))
}

fn install(root: &Path) -> Result<PathBuf> {
    pip::ensure_list(&root.join("end2end/schemathesis.txt"), "schemathesis", WHAT_FOR)
}
