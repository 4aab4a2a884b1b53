//! `cargo xtask serve`, `cargo xtask dev` and `cargo xtask build`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Result, anyhow};

use crate::cache::TargetFolder;
use crate::report::Report;
use crate::setup::rust::Compiler;
use crate::setup::{node, rust};
use crate::site::WasmProfile;
use crate::{server, site};

pub(crate) fn build(root: &Path) -> Result<()> {
    let report = Report::new(5);
    let (compiler, target) = set_up_and_make_site(root, &report)?;
    let program = compile_server(root, &report, &compiler, &target)?;
    report.summary(&format!("Built {}", program.display()));
    Ok(())
}

/// Replaces this process by the server, so that the server gets the signals and sets the exit status.
pub(crate) fn serve(root: &Path, arguments: &[String]) -> Result<()> {
    let report = Report::new(6);
    let (compiler, target) = set_up_and_make_site(root, &report)?;
    let program = compile_server(root, &report, &compiler, &target)?;
    drop(target);
    report.step("Serving", "Ctrl+C stops it", || {
        become_program(Command::new(program).arg("serve").args(arguments))
    })
}

/// Builds both halves in profiles that compile fast, and serves them. Replaces this process by the server.
pub(crate) fn develop(root: &Path, arguments: &[String]) -> Result<()> {
    let report = Report::new(6);
    let (compiler, target) = set_up(root, &report)?;
    let maker = compile_maker(root, &report, &compiler, &target)?;
    let (site, program) = thread::scope(|scope| {
        // This server reads the site from its folder when it runs, so it compiles without the site.
        let site = scope.spawn(|| {
            let wasm = report.step("Building the WASM half", "a first build takes about 1 minute", || {
                site::compile_wasm(root, &compiler, &target, WasmProfile::Development)
            })?;
            report.step("Making the site", "", || {
                site::make(root, &maker, &wasm, WasmProfile::Development)
            })
        });
        let program = report.step("Building the server", "a first build takes about 3 minutes", || {
            server::compile_for_development(root, &compiler, &target)
        });
        (
            site.join().unwrap_or_else(|_| Err(anyhow!("making the site panicked"))),
            program,
        )
    });
    site?;
    let program = program?;
    drop(target);
    report.step("Serving", "Ctrl+C stops it", || {
        become_program(Command::new(program).arg("serve").args(arguments))
    })
}

/// The steps before the server: the compiler, wasm-opt, the WASM and the site.
pub(crate) fn set_up_and_make_site(root: &Path, report: &Report) -> Result<(Compiler, TargetFolder)> {
    let (compiler, target) = set_up(root, report)?;
    let maker = compile_maker(root, report, &compiler, &target)?;
    make_site(root, report, &compiler, &target, &maker)?;
    Ok((compiler, target))
}

/// Finds or installs the compiler and wasm-opt.
pub(crate) fn set_up(root: &Path, report: &Report) -> Result<(Compiler, TargetFolder)> {
    let compiler = report.step("Setting up the tools", "on a new machine about 2 minutes", || {
        node::ensure(root)?;
        rust::ensure()
    })?;
    let target = TargetFolder::open(&compiler.target_folder(), root)?;
    Ok((compiler, target))
}

/// Compiles the program that makes the site.
pub(crate) fn compile_maker(
    root: &Path,
    report: &Report,
    compiler: &Compiler,
    target: &TargetFolder,
) -> Result<PathBuf> {
    report.step(
        "Building the tools for the site",
        "a first build takes about 1 minute",
        || site::compile_maker(root, compiler, target),
    )
}

/// Compiles the WASM and makes the site of it.
pub(crate) fn make_site(
    root: &Path,
    report: &Report,
    compiler: &Compiler,
    target: &TargetFolder,
    maker: &Path,
) -> Result<()> {
    let wasm = report.step("Building the WASM half", "a first build takes about 4 minutes", || {
        site::compile_wasm(root, compiler, target, WasmProfile::Release)
    })?;
    report.step("Making the site", "about 1 minute", || {
        site::make(root, maker, &wasm, WasmProfile::Release)
    })
}

/// The step after these: the server itself.
pub(crate) fn compile_server(
    root: &Path,
    report: &Report,
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
