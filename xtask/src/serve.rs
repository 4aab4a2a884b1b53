//! `cargo xtask serve` and `cargo xtask build`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::cache::TargetFolder;
use crate::report::Report;
use crate::setup::rust::Compiler;
use crate::setup::{node, rust};
use crate::{server, site};

pub(crate) fn build(root: &Path) -> Result<()> {
    let mut report = Report::new(4);
    let (compiler, target) = set_up_and_make_site(root, &mut report)?;
    let program = compile_server(root, &mut report, &compiler, &target)?;
    report.summary(&format!("Built {}", program.display()));
    Ok(())
}

/// Replaces this process by the server, so that the server gets the signals and sets the exit status.
pub(crate) fn serve(root: &Path, arguments: &[String]) -> Result<()> {
    let mut report = Report::new(5);
    let (compiler, target) = set_up_and_make_site(root, &mut report)?;
    let program = compile_server(root, &mut report, &compiler, &target)?;
    drop(target);
    report.step("Serving", "Ctrl+C stops it", || {
        become_program(Command::new(program).arg("serve").args(arguments))
    })
}

/// The steps before the server: the compiler, wasm-opt, the WASM and the site.
pub(crate) fn set_up_and_make_site(root: &Path, report: &mut Report) -> Result<(Compiler, TargetFolder)> {
    let compiler = report.step("Setting up the tools", "on a new machine about 2 minutes", || {
        node::ensure(root)?;
        rust::ensure()
    })?;
    let target = TargetFolder::open(&compiler.target_folder(), root)?;
    let wasm = report.step("Building the WASM half", "a first build takes about 4 minutes", || {
        site::compile_wasm(root, &compiler, &target)
    })?;
    report.step("Making the site", "a first time about 2 minutes", || {
        site::make(root, &compiler, &target, &wasm)
    })?;
    Ok((compiler, target))
}

/// The step after these: the server itself.
pub(crate) fn compile_server(
    root: &Path,
    report: &mut Report,
    compiler: &Compiler,
    target: &TargetFolder,
) -> Result<PathBuf> {
    report.step("Building the server", "a first build takes about 8 minutes", || {
        server::compile(root, compiler, target)
    })
}

#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;

    Err(anyhow::Error::new(command.exec()).context("the server cannot be started"))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    crate::command::run(command)
}
