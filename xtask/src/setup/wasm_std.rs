//! The standard library for WASM, for machines where rustup cannot fetch it: Debian's Rust builds it from Debian's copy of the source.
//!
//! It is stored in the cache rather than among Debian's files, so that only installing the packages needs root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::command::run;
use crate::setup::apt;
use crate::setup::rust::{Compiler, Version, WASM_TARGET, with_wasm_std};

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The version of the way in which it is built, so that the output of an older way is not reused.
const RECIPE: u32 = 1;

/// The built library and the linker that goes with it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) sysroot: PathBuf,
    pub(crate) linker: String,
}

/// Debian's compiler, if everything for it is already set up.
pub(crate) fn already_built() -> Result<Option<Compiler>> {
    if !Path::new(DEBIAN_RUSTC).is_file() {
        return Ok(None);
    }
    let version = Version::of(Path::new(DEBIAN_RUSTC))?;
    let sysroot = sysroot(&version)?;
    let linker = linker(&version);
    if !sysroot.is_dir() || !Path::new(&linker).is_file() {
        return Ok(None);
    }
    with_wasm_std(DEBIAN_RUSTC.into(), version, Built { sysroot, linker }).map(Some)
}

/// Installs Debian's compiler and builds the library with it.
pub(crate) fn build() -> Result<Compiler> {
    apt::ensure(&["rustc-web", "rust-web-src"], "compile for the browser")?;
    let version = Version::of(Path::new(DEBIAN_RUSTC))?;
    apt::ensure(&[&format!("lld-{}", version.llvm_major)], "link for the browser")?;
    let sysroot = sysroot(&version)?;
    if !sysroot.is_dir() {
        eprintln!(
            "      Building the standard library for WASM (once for Rust {}, half a minute)…",
            version.release
        );
        build_into(&sysroot, &version)?;
    }
    let linker = linker(&version);
    with_wasm_std(DEBIAN_RUSTC.into(), version, Built { sysroot, linker })
}

fn sysroot(version: &Version) -> Result<PathBuf> {
    Ok(cache::folder()?.join(format!("wasm-std-{}-{}-{RECIPE}", version.release, version.commit)))
}

fn linker(version: &Version) -> String {
    format!("/usr/bin/wasm-ld-{}", version.llvm_major)
}

/// Builds in a temporary folder and moves the result into place, so that a library in place is always complete.
fn build_into(sysroot: &Path, version: &Version) -> Result<()> {
    let scratch = cache::folder()?.join("wasm-std-scratch");
    fs::create_dir_all(&scratch)?;
    let _lock = cache::lock(&scratch.with_extension("lock"))?;
    if sysroot.is_dir() {
        return Ok(());
    }
    fs::remove_dir_all(&scratch)?;
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(scratch.join("src/lib.rs"), "#![no_std]\n")?;
    // Link-time optimisation needs the bitcode. Level "s", because the library becomes part of a download.
    run(
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "build",
                "--quiet",
                "--release",
                "--target",
                WASM_TARGET,
                "-Zbuild-std=std,panic_abort,proc_macro",
            ])
            .current_dir(&scratch)
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", scratch.join("target"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
    )?;

    let made = scratch.join("sysroot");
    let libraries = made.join("lib/rustlib").join(WASM_TARGET).join("lib");
    fs::create_dir_all(&libraries)?;
    // rustc searches for its own tools here, and some versions complain if the host's part is missing.
    fs::create_dir_all(made.join("lib/rustlib").join(&version.host).join("lib"))?;
    let mut copied = 0;
    for entry in fs::read_dir(scratch.join("target").join(WASM_TARGET).join("release/deps"))? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if file.extension().is_some_and(|extension| extension == "rlib") && !name.starts_with("libscratch-") {
            fs::copy(&file, libraries.join(&*name))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("building the standard library for WASM left no library behind");
    }
    fs::rename(&made, sysroot).with_context(|| format!("{} cannot be created", sysroot.display()))?;
    fs::remove_dir_all(&scratch).with_context(|| format!("{} cannot be removed", scratch.display()))
}
