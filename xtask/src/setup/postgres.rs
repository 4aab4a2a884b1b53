//! Installs PostgreSQL, on which the tests run a second time.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{find, output_of};
use crate::setup::apt;

/// The oldest version that Latchkey supports.
const OLDEST: u32 = 14;
const WHAT_FOR: &str = "run the tests on PostgreSQL";

/// PostgreSQL's programs.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// The first part of the version.
    pub(crate) version: u32,
}

impl Programs {
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

/// Installs Debian's PostgreSQL and OpenSSL, unless they are there. Debian's package may create a cluster of its own, which
/// the tests do not touch.
pub(crate) fn ensure() -> Result<Programs> {
    if find("openssl").is_none() {
        apt::ensure(&["openssl"], WHAT_FOR)?;
    }
    if let Some(folder) = folder() {
        return programs(folder);
    }
    apt::ensure(&["postgresql"], WHAT_FOR)?;
    programs(
        folder()
            .context("PostgreSQL is installed, and yet there is no initdb on the PATH or in /usr/lib/postgresql")?,
    )
}

/// Debian has the server's programs in a folder for each version, which is not on the PATH. The newest counts.
fn folder() -> Option<PathBuf> {
    if let Some(initdb) = find("initdb").and_then(|path| path.canonicalize().ok()) {
        return initdb.parent().map(Path::to_owned);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .max()?;
    Some(newest.1)
}

fn programs(folder: PathBuf) -> Result<Programs> {
    // Such as "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
    let text = output_of(Command::new(folder.join("postgres")).arg("--version"))?;
    let version = text
        .split_whitespace()
        .find_map(|word| word.split(['.', 'b', 'r']).next()?.parse().ok())
        .with_context(|| format!("`postgres --version` gave no version: {text}"))?;
    if version < OLDEST {
        bail!("PostgreSQL {version} is too old: install {OLDEST} or newer, needed to {WHAT_FOR}");
    }
    Ok(Programs { folder, version })
}
