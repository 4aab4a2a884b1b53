//! The rules for dependencies: licences, sources, versions. Those for Rust packages are in `deny.toml`.

mod crates;
mod deny;
mod package_lock;
mod yanked;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::run;
use crate::setup::{cargo_deny, node};

/// The folders with packages of npm.
const NPM_FOLDERS: [&str; 3] = ["end2end", "end2end/bench", "clients/typescript"];

/// Checks all lock files against the rules in the checkout, and against cargo's copy of the registry's index.
pub(crate) fn check(root: &Path) -> Result<()> {
    let config = root.join("deny.toml");
    deny::check(&cargo_deny::ensure()?, root, &config)?;
    let packages = crates::of(root)?;
    let mut faults = crates::outside(&packages, root);
    faults.extend(yanked::faults(&packages, &yanked::index_caches(), &read(&config)?));
    for folder in NPM_FOLDERS {
        faults.extend(package_lock::faults(&read(
            &root.join(folder).join("package-lock.json"),
        )?)?);
    }
    if !faults.is_empty() {
        bail!(
            "these dependencies break the rules of deny.toml or package_lock.rs:\n  {}",
            faults.join("\n  ")
        );
    }
    Ok(())
}

/// Queries the databases of `RustSec` and npm for known vulnerabilities. The tests do not, since both are on the internet, and a
/// new entry would fail a commit that passed yesterday.
pub(crate) fn ask_databases(root: &Path) -> Result<()> {
    let mut result =
        run(deny::command(&cargo_deny::ensure()?, root, &root.join("deny.toml")).args(["check", "advisories"]));
    node::ensure_npm()?;
    for folder in NPM_FOLDERS {
        let audit = run(Command::new("npm")
            .args(["audit", "--package-lock-only"])
            .current_dir(root.join(folder)));
        result = result.and(audit);
    }
    result
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
