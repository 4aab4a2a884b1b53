//! `cargo xtask test`: all checks, the cheap ones first. CI runs nothing else.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cache::TargetFolder;
use crate::command::{find, run};
use crate::dependencies;
use crate::report::Report;
use crate::serve::set_up_and_make_site;
use crate::server;
use crate::server::SERVER_SIDE;
use crate::setup::rust::{Compiler, Version};
use crate::setup::{browser, gateways, node, rust};

/// Which checks to run, and the arguments for the program that runs them.
enum Choice<'a> {
    All,
    Lint,
    Rust(&'a [String]),
    Browser(&'a [String]),
}

pub(crate) fn test(root: &Path, arguments: &[String]) -> Result<()> {
    let choice = match arguments {
        [] => Choice::All,
        [mode] if mode == "--lint-only" => Choice::Lint,
        [mode, rest @ ..] if mode == "--rust-only" => Choice::Rust(rest),
        [mode, rest @ ..] if mode == "--e2e-only" => Choice::Browser(rest),
        _ => bail!(
            "say which tests `{}` is for: --rust-only or --e2e-only goes before it",
            arguments.join(" ")
        ),
    };
    let mut report = Report::new(match choice {
        Choice::All => 11,
        Choice::Lint | Choice::Rust(_) | Choice::Browser(_) => 5,
    });
    match choice {
        Choice::All => {
            lint(root, &mut report)?;
            let program = build_and_test_rust(root, &mut report, &[])?;
            test_in_browser(root, &mut report, &program, &[])?;
        }
        Choice::Lint => lint(root, &mut report)?,
        Choice::Rust(filter) => {
            build_and_test_rust(root, &mut report, filter)?;
        }
        Choice::Browser(filter) => {
            let (compiler, target) = set_up_and_make_site(root, &mut report)?;
            let program = compile(root, &mut report, &compiler, &target)?;
            drop(target);
            test_in_browser(root, &mut report, &program, filter)?;
        }
    }
    report.summary("All passed");
    Ok(())
}

/// Checks formatting, dependencies and TypeScript, and runs clippy. Clippy belongs to the cargo in use, so it has a target folder
/// of its own. It checks the profile `release`, in which nothing else here compiles: code may exist with `debug_assertions` only.
fn lint(root: &Path, report: &mut Report) -> Result<()> {
    report.step("Checking the format", "", || {
        run(rust::cargo(root).args(["fmt", "--all", "--check"]))
    })?;
    report.step("Checking the dependencies", "", || dependencies::check(root))?;
    report.step("Checking the browser tests' types", "", || {
        node::ensure(root)?;
        run(node::tool(root, "tsc")
            .arg("--noEmit")
            .current_dir(root.join("end2end")))
    })?;
    let version = Version::of(Path::new("rustc"))?;
    let target = TargetFolder::open(&format!("clippy-{}", version.release), root)?;
    let clippy = |packages: &[&str]| {
        let mut cargo = rust::cargo(root);
        cargo.env("CARGO_TARGET_DIR", &target.path).env_remove("RUSTC");
        run(cargo
            .args(["clippy", "--release", "--all-targets"])
            .args(packages)
            .args(["--", "--deny", "warnings"]))
    };
    report.step("Linting the server's half", "a first time about 3 minutes", || {
        clippy(&["--workspace", "--exclude", "frontend"])
    })?;
    report.step("Linting the browser's half", "a first time about 1 minute", || {
        clippy(&["--package", "frontend"])
    })
}

/// Compiles the server and the tests together, and runs the tests. Returns the path of the server's binary.
fn build_and_test_rust(root: &Path, report: &mut Report, filter: &[String]) -> Result<PathBuf> {
    let (compiler, target) = set_up_and_make_site(root, report)?;
    let program = compile(root, report, &compiler, &target)?;
    report.step("Running the Rust tests", "", || {
        if filter.is_empty() {
            let own = ["test", "--quiet", "--package", "xtask", "--package", "site"];
            run(compiler.cargo(root, &target).args(own))?;
        }
        let mut cargo = compiler.cargo(root, &target);
        if find("cargo-nextest").is_some() {
            cargo.args(["nextest", "run", "--no-tests=pass"]);
        } else {
            cargo.arg("test");
        }
        // Snapshots are compared, never written: a new one is a failure.
        run(cargo
            .args(["--lib", "--bins", "--tests"])
            .args(SERVER_SIDE)
            .args(filter)
            .env("INSTA_UPDATE", "no")
            .env("LATCHKEY_BIN", &program))
    })?;
    Ok(program)
}

fn compile(root: &Path, report: &mut Report, compiler: &Compiler, target: &TargetFolder) -> Result<PathBuf> {
    report.step(
        "Building the server and the tests",
        "a first build takes about 10 minutes",
        || server::compile_for_tests(root, compiler, target),
    )
}

fn test_in_browser(root: &Path, report: &mut Report, program: &Path, filter: &[String]) -> Result<()> {
    report.step("Running the browser tests", "", || {
        browser::ensure()?;
        let gateways = gateways::ensure(root)?;
        let mut playwright = node::tool(root, "playwright");
        playwright.arg("test").args(filter);
        if filter.is_empty() {
            // A forgotten `test.only` would otherwise skip all other tests.
            playwright.arg("--forbid-only");
        }
        run(playwright
            .current_dir(root.join("end2end"))
            .env("LATCHKEY_BIN", program)
            .env("LATCHKEY_GATEWAYS", gateways))
    })
}
