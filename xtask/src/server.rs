//! The server's binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cache::TargetFolder;
use crate::setup::rust::Compiler;

/// What the tests and the binary are compiled from, always chosen alike: another choice would mean other features of
/// the dependencies, and compiling them again.
pub(crate) const SERVER_SIDE: [&str; 7] = [
    "--workspace",
    "--exclude",
    "frontend",
    "--exclude",
    "site",
    "--exclude",
    "xtask",
];

/// Builds the server as it is delivered, and leaves `target/release/latchkey` in the checkout.
pub(crate) fn compile(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_release(root, compiler, target, &["--package", "server", "--bins"], "latchkey")
}

/// Builds what the verifier is measured beside, and leaves `target/release/floor` in the checkout.
pub(crate) fn compile_floor(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_release(
        root,
        compiler,
        target,
        &["--package", "server", "--example", "floor"],
        "floor",
    )
}

/// Builds the server and all tests in the profile `dev`, which compiles in a fraction of the time that `release` takes.
/// Returns the server's binary, which the browser tests drive.
pub(crate) fn compile_for_tests(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    let mut cargo = compiler.cargo(root, target);
    cargo.args(["build", "--lib", "--bins", "--tests"]).args(SERVER_SIDE);
    program(&mut cargo, "latchkey")
}

fn compile_release(
    root: &Path,
    compiler: &Compiler,
    target: &TargetFolder,
    which: &[&str],
    name: &'static str,
) -> Result<PathBuf> {
    let mut cargo = compiler.cargo(root, target);
    cargo.args(["build", "--release"]).args(which);
    let place = root.join("target/release").join(name);
    put_in_place(&program(&mut cargo, name)?, &place)?;
    Ok(place)
}

/// Runs a `cargo build` and says where the program `name` is that it made.
fn program(cargo: &mut Command, name: &'static str) -> Result<PathBuf> {
    executables(cargo)?
        .remove(name)
        .with_context(|| format!("cargo built no program named {name}"))
}

/// Runs a `cargo build` and returns the programs it made, by name. Their paths come from cargo's own messages.
pub(crate) fn executables(cargo: &mut Command) -> Result<BTreeMap<String, PathBuf>> {
    let output = cargo
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    if !output.status.success() {
        bail!(
            "the build failed ({}), see the compiler's messages above",
            output.status
        );
    }
    let mut found = BTreeMap::new();
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else {
            continue;
        };
        let kinds = message["target"]["kind"].as_array();
        let is_program = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin" || kind == "example"));
        if let (true, Some(name), Some(path)) = (
            is_program,
            message["target"]["name"].as_str(),
            message["executable"].as_str(),
        ) {
            found.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    Ok(found)
}

/// A copy under another name, renamed into place: the program that is there may be running.
fn put_in_place(built: &Path, place: &Path) -> Result<()> {
    if same_content(built, place) {
        return Ok(());
    }
    let folder = place.parent().context("the program has no folder to go to")?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    let arriving = folder.join(format!(".latchkey-{}", std::process::id()));
    fs::copy(built, &arriving)
        .and_then(|_| fs::rename(&arriving, place))
        .with_context(|| format!("{} cannot be written", place.display()))
}

fn same_content(one: &Path, other: &Path) -> bool {
    let size = |path| fs::metadata(path).map(|metadata| metadata.len()).ok();
    size(one) == size(other) && fs::read(one).ok() == fs::read(other).ok()
}
