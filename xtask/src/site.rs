//! The site: compiles the WASM, and has the package `site` make the site of it and of the style sheets.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::cache::TargetFolder;
use crate::command::run;
use crate::server::executables;
use crate::setup::node;
use crate::setup::rust::{Compiler, WASM_TARGET};

/// A profile of the workspace in which the WASM is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmProfile {
    /// Small for browsers.
    Release,
    /// Fast to compile.
    Development,
}

impl WasmProfile {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Development => "wasm-dev",
        }
    }
}

/// Compiles the WASM and returns its path.
pub(crate) fn compile_wasm(
    root: &Path,
    compiler: &Compiler,
    target: &TargetFolder,
    profile: WasmProfile,
) -> Result<PathBuf> {
    run(compiler.cargo(root, target).args([
        "build",
        "--package",
        "frontend",
        "--profile",
        profile.name(),
        "--target",
        WASM_TARGET,
    ]))?;
    Ok(target.path.join(WASM_TARGET).join(profile.name()).join("frontend.wasm"))
}

/// Compiles the program that makes the site, and returns its path.
pub(crate) fn compile_maker(root: &Path, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    let mut built = executables(compiler.cargo(root, target).args(["build", "--package", "site"]))?;
    built.remove("site").context("cargo built no program named site")
}

/// Makes `target/site`, which the server serves.
pub(crate) fn make(root: &Path, maker: &Path, wasm: &Path, profile: WasmProfile) -> Result<()> {
    let mut maker = Command::new(maker);
    if profile == WasmProfile::Development {
        maker.arg("--quick");
    }
    run(maker
        .arg(wasm)
        .arg(node::wasm_opt(root))
        .arg(root.join("style"))
        .arg(root.join("target/site"))
        .current_dir(root))
}
