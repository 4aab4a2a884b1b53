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

/// Builds the server, and the tests where `with_tests`, and leaves `target/release/latchkey` in the checkout.
pub(crate) fn compile(root: &Path, compiler: &Compiler, target: &TargetFolder, with_tests: bool) -> Result<PathBuf> {
    // Naming a kind of target that may use dev-dependencies has cargo choose the features that the tests will want, so
    // that these find everything compiled. The only example is the floor of `cargo xtask bench`.
    let kind = if with_tests { "--tests" } else { "--examples" };
    compile_one(root, compiler, target, kind, "latchkey")
}

/// Builds what the verifier is measured beside, and leaves `target/release/floor` in the checkout.
pub(crate) fn compile_floor(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_one(root, compiler, target, "--examples", "floor")
}

fn compile_one(
    root: &Path,
    compiler: &Compiler,
    target: &TargetFolder,
    kind: &str,
    name: &'static str,
) -> Result<PathBuf> {
    let mut cargo = compiler.cargo(root, target);
    cargo
        .args(["build", "--release", "--lib", "--bins", kind])
        .args(SERVER_SIDE);
    let built = executables(&mut cargo)?;
    let built = built
        .get(name)
        .with_context(|| format!("cargo built no program named {name}"))?;
    let place = root.join("target/release").join(name);
    put_in_place(built, &place)?;
    Ok(place)
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
