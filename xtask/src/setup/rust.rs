//! Finds or sets up a compiler that has a standard library for WASM.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::cache::TargetFolder;
use crate::command::{find, output_of, succeeds_within};
use crate::setup::wasm_std;

pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The oldest Rust that the workspace supports.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Makes the linker keep the relocations, by which the WASM is later split into parts that are loaded on demand.
const RELOCATIONS: &str = "-Clink-args=--emit-relocs";

/// The compiler for server and WASM. Nothing else sets RUSTC: a cargo call without it would find no standard library for WASM,
/// reuse nothing, and compile all dependencies again.
#[derive(Debug)]
pub(crate) struct Compiler {
    rustc: PathBuf,
    version: Version,
    /// The standard library for WASM, if the compiler does not have its own.
    wasm_std: Option<wasm_std::Built>,
}

impl Compiler {
    /// cargo with this compiler and the target folder `target`.
    pub(crate) fn cargo(&self, root: &Path, target: &TargetFolder) -> Command {
        let mut cargo = cargo(root);
        cargo.env("RUSTC", &self.rustc).env("CARGO_TARGET_DIR", &target.path);
        // These variables would override the flags of a target.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Some(built) = &self.wasm_std {
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &built.linker);
        }
        let mut flags = RELOCATIONS.to_owned();
        if let Some(built) = &self.wasm_std {
            flags = format!("{flags} --sysroot={}", built.sysroot.display());
        }
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        cargo
    }

    /// A name for the target folder. The output of another compiler version cannot be reused.
    pub(crate) fn target_folder(&self) -> String {
        format!("build-{}", self.version.release)
    }
}

/// The cargo that runs xtask, with the compiler that it comes with.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).env_remove("CARGO_TARGET_DIR");
    cargo
}

/// The version that `rustc --version --verbose` prints.
#[derive(Debug)]
pub(crate) struct Version {
    /// Such as "1.96.0".
    pub(crate) release: String,
    /// The version of LLVM, such as "22".
    pub(crate) llvm_major: String,
    /// The first digits of the commit.
    pub(crate) commit: String,
    pub(crate) host: String,
}

impl Version {
    pub(crate) fn of(rustc: &Path) -> Result<Version> {
        let text = output_of(Command::new(rustc).arg("-vV"))?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::to_owned)
                .with_context(|| format!("`{} -vV` does not say its {name}", rustc.display()))
        };
        let llvm = field("LLVM version")?;
        Ok(Version {
            release: field("release")?,
            llvm_major: llvm.split('.').next().unwrap_or_default().to_owned(),
            commit: field("commit-hash")?.chars().take(9).collect(),
            host: field("host")?,
        })
    }

    /// Whether this is at least `oldest`. The suffix of a release is ignored.
    pub(crate) fn is_at_least(&self, oldest: &str) -> bool {
        let numbers = |version: &str| -> Vec<u32> {
            version
                .split(['.', '-'])
                .map_while(|number| number.parse().ok())
                .collect()
        };
        numbers(&self.release) >= numbers(oldest)
    }
}

/// Finds or sets up a compiler for server and WASM: the one in use, the one in use with a target added by rustup, or Debian's.
pub(crate) fn ensure() -> Result<Compiler> {
    let usual = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    if brings_wasm_std(&usual) {
        return complete(usual);
    }
    if let Some(debian) = wasm_std::already_built()? {
        return Ok(debian);
    }
    eprintln!("      This Rust has no standard library for WASM: asking rustup for it…");
    let mut rustup = Command::new("rustup");
    rustup.args(["--quiet", "target", "add", WASM_TARGET]);
    if find("rustup").is_some() && succeeds_within(Duration::from_mins(1), &mut rustup) && brings_wasm_std(&usual) {
        return complete(usual);
    }
    eprintln!("      rustup could not fetch it. Debian's own Rust can build it.");
    wasm_std::build().context(
        "neither rustup nor Debian gave a Rust for WASM: make `rustup target add wasm32-unknown-unknown` work and run this again",
    )
}

fn complete(rustc: PathBuf) -> Result<Compiler> {
    let version = Version::of(&rustc)?;
    if !version.is_at_least(OLDEST) {
        bail!(
            "this Rust is {}, the project needs {OLDEST}: run `rustup update` and run this again",
            version.release
        );
    }
    Ok(Compiler {
        rustc,
        version,
        wasm_std: None,
    })
}

/// A compiler whose standard library for WASM is elsewhere.
pub(crate) fn with_wasm_std(rustc: PathBuf, version: Version, wasm_std: wasm_std::Built) -> Result<Compiler> {
    if !version.is_at_least(OLDEST) {
        bail!("Debian's Rust here is {}, the project needs {OLDEST}", version.release);
    }
    Ok(Compiler {
        rustc,
        version,
        wasm_std: Some(wasm_std),
    })
}

/// Whether the compiler has a folder with the standard library for WASM.
fn brings_wasm_std(rustc: &Path) -> bool {
    let folder = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output();
    let Ok(folder) = folder.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()) else {
        return false;
    };
    std::fs::read_dir(folder).is_ok_and(|files| {
        files
            .flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let version = |release: &str| Version {
            release: release.to_owned(),
            llvm_major: String::new(),
            commit: String::new(),
            host: String::new(),
        };
        assert!(version("1.100.0").is_at_least("1.95"));
        assert!(version("1.95.0-nightly").is_at_least("1.95"));
        assert!(!version("1.85.0").is_at_least("1.95"));
    }
}
