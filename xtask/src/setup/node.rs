//! Node and its packages: those of end2end/, which are the browser tests' tools and wasm-opt, and those of the client for TypeScript.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::command::{find, run};

/// Installs the packages of end2end/package-lock.json, unless they are installed already.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    ensure_packages(&root.join("end2end"), "the tools of the browser tests and wasm-opt")
}

/// Installs Lighthouse. It has packages of its own, since they are many times as large as those that a build needs.
pub(crate) fn ensure_lighthouse(root: &Path) -> Result<()> {
    ensure_packages(&root.join("end2end/bench"), "Lighthouse")
}

/// Installs the packages of the package-lock.json in `folder`, unless they are installed already. `what` they are is said if not.
pub(crate) fn ensure_packages(folder: &Path, what: &str) -> Result<()> {
    ensure_npm()?;
    let lock_file = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock_file).with_context(|| format!("{} cannot be read", lock_file.display()))?;
    let stamp = folder.join("node_modules").join(".latchkey-installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("      Installing {what} with npm…");
    run(Command::new("npm")
        .args(["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .stdout(Stdio::null()))?;
    fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))
}

pub(crate) fn ensure_npm() -> Result<()> {
    if find("node").is_none() || find("npm").is_none() {
        bail!(
            "install Node 20 or newer with npm (`apt-get install nodejs npm` where that is new enough) and run this again"
        );
    }
    Ok(())
}

/// The path of a program from these packages.
pub(crate) fn tool(root: &Path, name: &str) -> Command {
    Command::new(root.join("end2end/node_modules/.bin").join(name))
}

/// The script that `node` runs as wasm-opt.
pub(crate) fn wasm_opt(root: &Path) -> PathBuf {
    root.join("end2end/node_modules/binaryen/bin/wasm-opt")
}
