//! `cargo xtask package`: a Debian package with the server, its service, its manual pages and its shell completions. The files that
//! are written by hand are in `packaging/`; Debian's own tools make the package of them.

mod check;
mod contents;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use self::contents::Contents;
use crate::command::{output_of, run};
use crate::report::Report;
use crate::serve::{compile_server, set_up_and_make_site};
use crate::server;
use crate::setup::apt;

/// The programs that a package is made of.
#[derive(Clone, Copy)]
pub(crate) struct Programs<'a> {
    pub(crate) latchkey: &'a Path,
    /// Writes the manual pages and the shell completions.
    pub(crate) manual: &'a Path,
}

/// Builds the server in the release profile and makes a package of it. With `--check` it also installs and removes the package.
pub(crate) fn package(root: &Path, arguments: &[String]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [argument] if argument == "--check" => true,
        _ => bail!("`cargo xtask package` takes no arguments but --check"),
    };
    let report = Report::new(if check { 8 } else { 7 });
    let (compiler, target) = set_up_and_make_site(root, &report)?;
    let latchkey = compile_server(root, &report, &compiler, &target)?;
    let manual = report.step("Building the manual", "", || {
        server::compile_manual(root, &compiler, &target)
    })?;
    let programs = Programs {
        latchkey: &latchkey,
        manual: &manual,
    };
    let package = report.step("Making the package", "", || {
        make(root, programs, &root.join("target"), Compression::Small)
    })?;
    if check {
        report.step("Installing and removing the package", "", || check::check(&package))?;
    }
    report.summary(&format!("Made {}", package.display()));
    Ok(())
}

/// Makes a package of these programs, checks it as far as this machine allows, and throws it away.
pub(crate) fn make_and_check(root: &Path, programs: Programs<'_>) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    check::check_where_possible(&make(root, programs, folder.path(), Compression::Fast)?)
}

#[derive(Clone, Copy)]
enum Compression {
    Small,
    /// For a package that nobody keeps.
    Fast,
}

/// Makes the package in this folder.
fn make(root: &Path, programs: Programs<'_>, folder: &Path, compression: Compression) -> Result<PathBuf> {
    apt::ensure(&["binutils", "dpkg-dev", "gzip"], "make a Debian package")?;
    let tree = tempfile::tempdir().context("cannot make a folder")?;
    let contents = Contents {
        source: root.join("packaging"),
        tree: tree.path(),
        version: env!("CARGO_PKG_VERSION"),
        changed_at: changed_at(root),
        architecture: output_of(Command::new("dpkg").arg("--print-architecture"))?
            .trim()
            .to_owned(),
    };
    contents.write(programs)?;
    fs::create_dir_all(folder)?;
    let package = folder.join(format!("latchkey_{}_{}.deb", contents.version, contents.architecture));
    run(Command::new("dpkg-deb")
        .arg(match compression {
            Compression::Small => "-z6",
            Compression::Fast => "-z0",
        })
        .args(["-Zxz", "--root-owner-group", "--build"])
        .arg(tree.path())
        .arg(&package)
        .stdout(std::process::Stdio::null())
        // A fixed time makes the package reproducible: one commit always gives the same bytes.
        .env("SOURCE_DATE_EPOCH", contents.changed_at.to_string()))?;
    Ok(package)
}

/// When the checkout last changed, in Unix time: the last commit's time, or the beginning of time outside a repository.
fn changed_at(root: &Path) -> u64 {
    let git = Command::new("git")
        .args(["log", "-1", "--format=%ct"])
        .current_dir(root)
        .output();
    let text = git.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}
