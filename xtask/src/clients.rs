//! The clients for TypeScript and Python: their types, and their tests against the real binary. The one for Rust is a package of the
//! workspace like others.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result, anyhow};

use crate::command::run_quietly;
use crate::setup::{node, pip};

const WHAT_FOR: &str = "test the client for Python";

/// Checks both clients, one beside the other: most of the time their tests wait. `scratch` is a folder for what the tools remember.
/// With `update_types`, the types of the client for TypeScript are generated anew.
pub(crate) fn check(root: &Path, program: &Path, scratch: &Path, update_types: bool) -> Result<()> {
    let clients = root.join("clients");
    // Both may install something, and say so.
    node::ensure_packages(&clients.join("typescript"), "the tools of the client for TypeScript")?;
    let packages = pip::ensure_list(&clients.join("python/test-requirements.txt"), "python-client", WHAT_FOR)?;
    thread::scope(|scope| {
        let typescript = scope.spawn(|| typescript(&clients.join("typescript"), program, update_types));
        let python = python(&clients.join("python"), &packages, program, scratch);
        let typescript = typescript.join().unwrap_or_else(|_| Err(anyhow!("the check panicked")));
        typescript.and(python)
    })
}

fn typescript(folder: &Path, program: &Path, update_types: bool) -> Result<()> {
    // What an older version of the sources was compiled to would be tested as well.
    for output in ["build", "dist"] {
        let output = folder.join(output);
        if output.exists() {
            fs::remove_dir_all(&output).with_context(|| format!("{} cannot be removed", output.display()))?;
        }
    }
    let run_script = |name: &str| {
        run_quietly(
            Command::new("npm")
                .args(["run", "--silent", name])
                .current_dir(folder)
                .env("LATCHKEY_BIN", program),
        )
    };
    if update_types {
        // Before the tests, which may not compile with the types as they are.
        run_script("update-types")?;
    }
    run_script("test")
}

fn python(folder: &Path, packages: &Path, program: &Path, scratch: &Path) -> Result<()> {
    let path = env::join_paths([packages, &folder.join("src")]).context("a folder has a colon in its name")?;
    let python = pip::python(WHAT_FOR)?;
    let run = |arguments: &[&str]| {
        run_quietly(
            Command::new(python)
                .arg("-m")
                .args(arguments)
                .current_dir(folder)
                .env("LATCHKEY_BIN", program)
                .env("MYPY_CACHE_DIR", scratch.join("mypy"))
                .env("PYTHONPATH", &path)
                .env("PYTHONDONTWRITEBYTECODE", "1"),
        )
    };
    run(&["mypy"])?;
    run(&["pytest", "--quiet"])
}
