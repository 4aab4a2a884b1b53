//! The server's binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cache::TargetFolder;
use crate::setup::rust::Compiler;

/// The packages from which tests and binary are compiled. The selection never changes: another one would give the dependencies
/// other features, and compile them again.
pub(crate) const SERVER_SIDE: [&str; 7] = [
    "--workspace",
    "--exclude",
    "frontend",
    "--exclude",
    "site",
    "--exclude",
    "xtask",
];

/// Builds the server in the release profile, and leaves `target/release/latchkey` in the checkout.
pub(crate) fn compile(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_release(root, compiler, target, &["--package", "server", "--bins"], "latchkey")
}

/// Builds the floor, with which the verifier is compared, and leaves `target/release/floor` in the checkout.
pub(crate) fn compile_floor(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_release(
        root,
        compiler,
        target,
        &["--package", "server", "--example", "floor"],
        "floor",
    )
}

/// Builds the program that writes the manual pages and shell completions, in the release profile.
pub(crate) fn compile_manual(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    compile_release(
        root,
        compiler,
        target,
        &["--package", "server", "--example", "manual"],
        "manual",
    )
}

/// The programs of the tests.
pub(crate) struct TestPrograms {
    /// The server's binary, which the browser tests drive.
    pub(crate) latchkey: PathBuf,
    /// Writes the manual pages and the shell completions.
    pub(crate) manual: PathBuf,
}

/// Builds the server and all tests in the profile `dev`, which compiles in a fraction of the time that `release` takes.
pub(crate) fn compile_for_tests(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<TestPrograms> {
    let mut cargo = compiler.cargo(root, target);
    cargo
        .args(["build", "--lib", "--bins", "--tests", "--example", "manual"])
        .args(SERVER_SIDE);
    let mut built = executables(&mut cargo)?;
    Ok(TestPrograms {
        latchkey: take(&mut built, "latchkey")?,
        manual: take(&mut built, "manual")?,
    })
}

/// Builds the server alone in the profile `dev`.
pub(crate) fn compile_for_development(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    program(
        compiler.cargo(root, target).args(["build", "--bins"]).args(SERVER_SIDE),
        "latchkey",
    )
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

/// Runs a `cargo build` and returns the path of the program `name`.
fn program(cargo: &mut Command, name: &str) -> Result<PathBuf> {
    take(&mut executables(cargo)?, name)
}

/// Takes the path of a program out of those that cargo has built.
fn take(built: &mut BTreeMap<String, PathBuf>, name: &str) -> Result<PathBuf> {
    let program = built.remove(name);
    program.with_context(|| format!("cargo built no program named {name}"))
}

/// Runs a `cargo build` and returns the paths of its programs by name. The paths come from cargo's messages.
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

/// Copies a program under another name and renames the copy into place, since the present program may be running.
fn put_in_place(built: &Path, place: &Path) -> Result<()> {
    if same_content(built, place) {
        return Ok(());
    }
    let folder = place.parent().context("the program's path has no folder")?;
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
